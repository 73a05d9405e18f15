/* The chosen node in words and formulas. */

import { compound, data, isLeaf, kinds, leaves, local, made, names, nodes, operands, ops, output, turn, uses } from "./graph.js";
import { hasGrad, isAtRest, isComplete, isKnown, nodeAt, pointAtRoute, seed, select, shown, state } from "./state.js";
import { byId, h, math } from "./elements.js";
import { cut, plural, short, typed } from "./numbers.js";
import { phrase, say } from "./words.js";
import { bare, called, formula, line, mathematics, nameOf, numeral, partial, settled, sign, valueOf } from "./formulas.js";
import { countPaths, firstPaths, route, slopes } from "./paths.js";
import { fits, openCard } from "./picture.js";
import { reveal } from "./view.js";
import { alarm, setLeaves, soon } from "./changes.js";

export const panel = { head: h("div"), editor: h("div", { class: "leaf-value" }), body: h("div", { class: "parts" }), leaf: -1 };

export function showNode() {
  const i = state.selected >= 0 ? state.selected : nodeAt(state.step);
  showEditor(i >= 0 && isLeaf(i) ? i : -1);
  if (i < 0) {
    panel.head.replaceChildren(h("h2", {}, say("Leaves")), h("p", { class: "kind" },
      say("These are the numbers everything is computed from. Step forward, or change one: drag its card, or choose it and type.")));
    panel.body.replaceChildren(...leafList());
    return;
  }
  const what = isLeaf(i) ? say(kinds[i]) : say("{kind} of {op}", { kind: say(kinds[i]), op: nodes[i][0] });
  panel.head.replaceChildren(h("h2", {}, called(i)), h("p", { class: "kind" }, what + (uses[i].length > 1 ? say(", used {n} times", { n: uses[i].length }) : "")));
  panel.body.replaceChildren(...[foldedPart(i), forwardPart(i), gradientPart(i), routesPart(i), handsPart(i), inWords(i)].filter(Boolean));
}

/** What is folded in the card of a node, and ways to open it. */
function foldedPart(i) {
  const { cards, of } = state.picture, { folded, symbol, number, shape, values } = cards[of[i]];
  if (folded < 2 || state.selected !== i) return null;
  const { count, fits: whole } = fits(number), [rows, columns] = shape ?? [];
  const field = (name, most) => h("input", { id: `open-${name}`, type: "number", min: 0, max: most - 1, value: 0, "aria-label": say(name) });
  const at = (name, most) => Math.min(Math.max(Math.trunc(Number(byId(`open-${name}`).value)) || 0, 0), most - 1);
  const row = () => values.slice(at("row", rows) * columns, (at("row", rows) + 1) * columns);
  const element = () => [values[columns ? at("row", rows) * columns + at("column", columns) : at("row", rows)]];
  const several = shape && shape.length < 3 && values.length === shape.reduce((a, b) => a * b, 1) && values.length > 1;
  const opens = (text, elements) => h("button", { type: "button", onclick: () => { if (fits(number, elements()).fits) openCard(number, elements()); else { const most = fits(number, elements()).count; alarm(() => tooMany(most)); } } }, text);
  return h("div", { class: "folded" }, h("h3", {}, say("Folded")), h("p", {}, symbol, h("small", {}, ` ${plural(count, "node")}`)),
    whole ? null : h("p", { class: "too-many" }, tooMany(count)),
    h("div", { class: "opens" }, whole ? opens(say("Open"), () => null) : null,
      ...(several ? [field("row", rows), ...(columns ? [field("column", columns), opens(say("Open row"), row)] : []), opens(say("Open element"), element)] : [])));
}

const tooMany = count => say("{n} nodes are too many to be shown at once: open a part of it.", { n: count.toLocaleString("en") });

function showEditor(i) {
  panel.editor.hidden = i < 0;
  if (i < 0) { panel.leaf = -1; panel.editor.replaceChildren(); return; }
  if (panel.leaf !== i) buildEditor(i);
  const { text, slider } = panel;
  if (document.activeElement !== text) text.value = String(data[i]);
  if (document.activeElement !== slider || Number(slider.value) !== data[i]) slider.value = data[i];
}

function buildEditor(i) {
  const reach = 2 * Math.max(1, Math.abs(data[i]));
  panel.leaf = i;
  panel.text = h("input", { id: "leaf", inputmode: "decimal", autocomplete: "off", onchange: edit, oninput: edit });
  panel.slider = h("input", { type: "range", min: data[i] - reach, max: data[i] + reach, step: "any", "aria-label": say("Drag {name}", { name: called(i) }),
    oninput: () => { const x = Number(Number(panel.slider.value).toPrecision(4)); soon(() => setLeaves([[i, x]])); } });
  panel.editor.replaceChildren(h("label", { for: "leaf" }, say("value")), panel.text, panel.slider);
  function edit(event) {
    const x = typed(panel.text.value), wrong = !Number.isFinite(x);
    panel.text.setAttribute("aria-invalid", wrong);
    if (!wrong) setLeaves([[i, x]]);
    const refused = { text: cut(panel.text.value, 40), name: cut(called(i), 40), x: short(data[i]) };
    if (wrong && event.type === "change") alarm(() => say("“{text}” is not a finite number, so {name} stays {x}.", refused));
  }
}

function leafList() {
  const first = leaves.filter(i => kinds[i] !== "constant").slice(0, 40);
  return first.map(i => h("p", {}, chooser(i), ` = ${short(data[i])}`));
}

const chooser = i => h("button", { class: "link", type: "button", onclick: () => { select(i); reveal(i); } },
  cut(called(i), 60));

function forwardPart(i) {
  if (isLeaf(i)) return null;
  const { formula: source } = ops[nodes[i][0]];
  if (!isKnown(i)) return h("div", {}, h("h3", {}, say("Value")), defined(i, source), say("not computed yet"));
  return h("div", {}, h("h3", {}, say("Value")),
    defined(i, source),
    line(sign("="), formula(source, i, valueOf)),
    h("p", { class: "big" }, `= ${short(data[i])}`));
}

/** A node's rule with the names of its operands; a name that says as much is not repeated. */
const defined = (i, source) => line(...(compound[i] ? [] : [nameOf(i)]), sign("="), formula(source, i, nameOf));

function gradientPart(i) {
  const title = h("h3", {}, say("Gradient"));
  if (!hasGrad(i)) return h("div", {}, title, h("p", {}, state.step >= seed && !uses[i].length ? "" : say("arrives in the backward pass")));
  const parts = uses[i].length, got = shown.arrived[i];
  const sum = h("p", { class: "big" }, mathematics(partial(i)), ` = ${short(shown.grad[i])} `,
    h("small", {}, i === output ? say("by definition") : parts > 1 ? say("{got} of {all} parts have arrived", { got, all: parts }) : ""));
  return h("div", {}, title, sum, ...(parts > 1 ? [pips(got, parts), arrivals(i)] : []));
}

const pips = (got, parts) => parts > 24 ? null
  : h("p", { class: "pips", "aria-hidden": "true" }, "●".repeat(got) + "○".repeat(parts - got));

/** Where the parts of a gradient came from. */
function arrivals(i) {
  const came = uses[i].filter(([user]) => state.step - seed > made.length - 1 - turn.get(user));
  const rest = came.length - 12;
  return h("ul", { class: "sum" }, ...came.slice(0, 12).map(([user, place]) =>
    h("li", {}, ...phrase("{x} from {name}", { x: short(shown.grad[user] * local[user][place]), name: chooser(user) }))),
    rest > 0 ? h("li", {}, say("and {n} more", { n: rest })) : null);
}

/** The paths from the output to the node, with the product of the local derivatives on each. */
function routesPart(i) {
  if (!isAtRest() || i === output || !isKnown(i)) return null;
  const count = countPaths(i), routes = firstPaths(i), more = count - routes.length;
  const item = path => {
    const factors = slopes(path), product = factors.reduce((a, b) => a * b, 1), said = factors.length > 12 ? "" : `${factors.map(wrap).join(" · ")} = `;
    const show = () => pointAtRoute(path), hide = () => pointAtRoute(null);
    return h("li", { tabindex: count > 1 ? 0 : null, onpointerenter: show, onpointerleave: hide, onfocus: show, onblur: hide },
      h("span", { class: "route-names" }, route(path)), h("br"), said, h("b", {}, short(product)));
  };
  return h("div", {}, h("h3", {}, say(count > 1 ? "{paths} from {y}: products of local derivatives, added up" : "The path from {y}: a product of local derivatives", { paths: plural(count, "path"), y: cut(names[output], 24) })),
    h("ul", { class: "parts routes" }, ...routes.map(item), more > 0 ? h("li", {}, say("and {n} more", { n: more.toLocaleString("en") })) : null));
}
const wrap = x => x < 0 ? `(${short(x)})` : short(x);

/** What the node hands to each operand in its turn of the backward pass. */
function handsPart(i) {
  if (isLeaf(i)) return null;
  const done = state.step - seed > made.length - 1 - turn.get(i);
  if ((!done && !(hasGrad(i) && isComplete(i))) || operands[i].every(j => kinds[j] === "constant")) return null;
  return h("div", {}, h("h3", {}, say(done ? "It hands to its operands" : "In its turn it will hand to its operands")),
    h("ul", { class: "parts" }, ...operands[i].map((j, place) => kinds[j] === "constant" ? null : handed(i, j, place, done)).filter(Boolean)));
}

function handed(i, j, place, done) {
  const amount = shown.grad[i] * local[i][place], now = done && nodeAt(state.step) === i;
  const parts = uses[j].length, before = shown.grad[j] - amount;
  return h("li", { class: now ? "now" : "" }, ...phrase("to {name}", { name: chooser(j) }),
    line(partial(i), sign("·"), grouped(settled(formula(ops[nodes[i][0]].partials[place], i, nameOf)))),
    line(sign("="), numeral(shown.grad[i]), sign("·"), numeral(local[i][place]), sign("="), bare(amount)),
    now && parts > 1 ? h("p", { class: "sum" }, shown.arrived[j] > 1 ? say("{x} so far, ", { x: short(before) }) : "",
      say("now {x}: {got} of {all} parts", { x: short(shown.grad[j]), got: shown.arrived[j], all: parts })) : null);
}

/** The chain rule of the current step as sentences, one for each operand. */
function inWords(i) {
  if (nodeAt(state.step) !== i || state.step <= seed) return null;
  const [y, from] = [output, i].map(k => cut(called(k), 24));
  const words = [...new Set(operands[i])].filter(j => kinds[j] !== "constant").map(j => {
    const to = cut(called(j), 24);
    return say(i === output ? "What {to} gets is how fast {y} changes with {to}."
      : "What {to} gets is how fast {y} changes with {from}, times how fast {from} changes with {to}.", { to, y, from });
  });
  return h("div", { class: "chain" }, ...words.map(text => h("p", {}, text)));
}

/** In parentheses, if it is a sum. */
const grouped = row => /[+−]/.test(row.querySelector(":scope > mrow > mo, :scope > mo")?.textContent ?? "")
  ? math("mrow", {}, sign("("), row, sign(")")) : row;
