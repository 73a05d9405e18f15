/* A card of the picture: its shape, its texts, and what is said of it. */

import { data, isLeaf, uses } from "./graph.js";
import { hasGrad, isComplete, isKnown, shown } from "./state.js";
import { svg, write } from "./elements.js";
import { plural, range } from "./numbers.js";
import { called } from "./formulas.js";
import { say } from "./words.js";

/** A card: its operation dark, its shape telling its kind, its title and numbers. */
export function drawCard(card, k) {
  const [x, y, width, height] = card.box, folded = card.folded > 1 || card.isFormula;
  const leaf = card.values.length === 1 && isLeaf(card.values[0]) && !folded;
  const dark = folded ? 0 : card.disc;
  const left = x + Math.max(0, dark - 10), right = x + width;
  const parts = {
    value: svg("text", { class: "number", x: right - 9 }),
    grad: svg("text", { class: "number grad", x: right - 9, y: y + height - 10 }),
    of: svg("text", { class: "of", x: x + dark + 9, y: y + height - 10 }),
    tip: svg("title"),
  };
  parts.value.setAttribute("y", card.kind === "constant" && !folded ? y + height / 2 + (card.tall ? 8 : 4) : y + height - (card.tall ? 32 : 26));
  const shape = { x: left, y, width: right - left, height, class: "shape" };
  const rounded = card.kind === "result" || card.kind === "output" ? 9 : 0;
  const root = svg("g", { class: `card ${card.kind}${leaf ? " leaf" : ""}${card.tall ? " tall" : ""}${card.isFormula ? " wide" : ""}`, role: "button", tabindex: -1, "data-card": k, "aria-label": describe(card) },
    parts.tip,
    card.kind === "parameter" && svg("path", { class: "shape", d: `M${left} ${y}l5-5H${right + 5}V${y + height - 5}l-5 5z` }) || null,
    card.kind === "output" ? svg("rect", { ...shape, x: left - 3, y: y - 3, width: right - left + 6, height: height + 6, rx: 12 }) : null,
    svg("rect", { ...shape, rx: rounded }),
    svg("rect", { class: "ring", x: x - 5, y: y - 6, width: width + 11, height: height + 12, rx: 12 }),
    ...heading(card, x, y, dark, right, folded, rounded), parts.value, parts.grad, parts.of);
  return { root, ...parts, card };
}

function heading(card, x, y, dark, right, folded, rounded) {
  const shape = card.shape ? svg("tspan", { class: "made" }, card.shape.length > 1 ? ` ${card.shape.join("×")}` : ` ×${card.shape[0]}`) : null;
  const title = (top, text, made) => card.kind === "constant" && !folded && card.values.length ? null
    : svg("text", { class: made ? "title made" : "title", x: x + dark + 9, y: top }, text, shape);
  if (folded) return [
    svg("rect", { class: "disc", x, y, width: right - x, height: card.tall ? 28 : 23, rx: rounded }),
    svg("text", { class: "heading", x: x + 9, y: y + (card.tall ? 20 : 16) }, card.symbol),
    card.tall ? null : title(y + 38, card.title || (card.values.length ? "data" : say("no nodes of its own")), !card.title),
  ].filter(Boolean);
  const middle = y + card.box[3] / 2;
  return [
    card.symbol ? svg("rect", { class: "disc", x, y: middle - 12, width: dark, height: 24, rx: 12 }) : null,
    card.symbol ? svg("text", { class: "symbol", x: x + dark / 2, y: middle + 4.5 }, card.symbol) : null,
    title(y + (card.tall ? 20 : 16), card.title, card.unlabelled),
  ].filter(Boolean);
}

/** Write a card's numbers, as far as this step knows them. */
export function writeCard({ value, grad, of, tip, card }) {
  const values = card.values, known = values.length > 0 && values.every(isKnown), some = values.some(hasGrad);
  write(value, known ? range(values.map(i => data[i])) : "");
  write(tip, describe(card));
  if (card.kind === "constant" && card.folded === 1) return;
  write(grad, some ? range(values.map(i => shown.grad[i])) : "");
  const [i] = values, parts = values.length === 1 ? uses[i].length : 0;
  write(of, !values.length ? "" : parts > 1 && some && !isComplete(i) ? say("grad {k} of {all}", { k: shown.arrived[i], all: parts }) : "grad");
}

function describe(card) {
  const what = card.values.length === 1 && card.folded === 1 ? called(card.values[0]) : `${card.title} ${card.folded > 1 ? card.symbol : ""}`;
  return `${what.trim()}, ${say(card.kind)}${card.folded > 1 ? `, ${plural(card.folded, "node")}, ${say("click again to look inside")}` : ""}`;
}

/** What a screen reader says of a card that has the focus. */
export function spoken({ card }) {
  const values = card.values, told = (word, numbers) => `, ${word} ${range(numbers)}`;
  return describe(card) + (!values.length ? "" : values.every(isKnown) ? told(say("value"), values.map(i => data[i])) : `, ${say("not computed yet")}`)
    + (values.length && values.some(hasGrad) ? told(say("gradient"), values.map(i => shown.grad[i])) : "");
}
