/* From a sketch to what the room of one graph is told, as viz/explorer/contents.py tells it. */

import { known } from "./kept.js";
import { short } from "./numbers.js";
import { columns, scalarCard } from "./sizes.js";

/** By which cards are made; on a projector their letters are larger. */
const measured = () => document.documentElement?.hasAttribute("data-projector") ? { ...known.measures, ...known.layout.large } : known.measures;
const INFIX = Object.fromEntries(Object.entries(known.grammar.infix).map(([sign, { row, level, right }]) => [row, { sign, level, left: level + (right === level), right }]));
const PREFIX = Object.fromEntries(Object.entries(known.grammar.prefix).map(([sign, { row, right }]) => [row, { sign, right }]));
const SHOWN = { "*": "·", "-": " − ", "+": " + ", "**": "^" };
const ATOM = 99, LONGEST = 20;  // how tightly a name binds; columns of a name that is an expression

/** The nodes behind an output, operands first, without recursion. */
export function inOrder(output) {
  const order = new Map(), stack = [output];
  while (stack.length) {
    const each = stack.at(-1), waiting = order.has(each) ? [] : each.operands.filter(operand => !order.has(operand));
    if (waiting.length) stack.push(...waiting.reverse());
    else if (order.set(each, order.get(each) ?? order.size)) stack.pop();
  }
  return [...order.keys()];
}

/** A small whole exponent, as it is written on paper. */
const raised = (sign, { row, label, number }) => sign === "**" && !row && !label ? "⁰¹²³⁴⁵⁶⁷⁸⁹"[number] : undefined;

/** For each node what it is called, as text, and its own expression; null where both would be too long. */
export function spelling(order, longest = LONGEST) {
  const said = new Map();
  const inside = (each, least) => {
    const { text, level } = said.get(each);
    return level < least ? `(${text})` : text;
  };
  for (const each of order) {
    const { row, operands, label, number } = each, [x, z] = operands, { sign, level, left, right } = INFIX[row] ?? {};
    const long = operands.some(operand => said.get(operand) === null);
    const found = !row ? { text: label || short(number), level: number < 0 ? 0 : ATOM }
      : long ? null
      : sign ? { text: `${inside(x, left)}${raised(sign, z) ?? `${SHOWN[sign] ?? sign}${inside(z, right)}`}`, level }
      : PREFIX[row] ? { text: `−${inside(x, PREFIX[row].right)}`, level: 0 }
      : { text: `${row}(${operands.map(operand => inside(operand, 0)).join(", ")})`, level: ATOM };
    const own = found && columns(found.text) <= longest ? found : null;
    said.set(each, label ? { text: label, level: ATOM, own: own?.text } : own);
  }
  return order.map(each => said.get(each));
}

/** All that is told of a sketch, but for its pictures.

    @param {object} output the sketch
    @param {{ value: (name: string) => number, learns: (name: string) => boolean }} leaf what is known of its named leaves */
export function drafted(output, leaf) {
  const order = inOrder(output), place = new Map(order.map((each, i) => [each, i]));
  const spelled = spelling(order), taken = new Set(order.map(each => each.label));
  let free = 0;
  const unnamed = text => {
    while (!text || taken.has(text)) text = `v${++free}`;
    taken.add(text);
    return text;
  };
  const kind = each => each === output ? "output" : each.row ? "result" : !each.label ? "constant" : leaf.learns(each.label) ? "parameter" : "input";
  const rowsUsed = new Set(order.map(each => each.row).filter(Boolean));
  return {
    nodes: order.map(each => each.row ? [each.row, ...each.operands.map(operand => place.get(operand))] : [each.label ? leaf.value(each.label) : each.number]),
    names: order.map((each, i) => each.label || (each.row ? unnamed(spelled[i]?.text) : short(each.number))),
    compound: order.map((each, i) => each.row !== "" && !each.label && spelled[i] !== null && spelled[i].level < ATOM),
    kinds: order.map(kind),
    labelled: order.map(each => Boolean(each.label)),
    ops: Object.fromEntries([...rowsUsed].map(row => [row, known.ops[row]])),
    groups: [],
    measures: measured(),
  };
}

/** A card that stands for many nodes, as large as its texts need. */
export function wideCard({ title, symbol, values, ...card }) {
  const sizes = measured(), tall = Boolean(sizes.tall), { character, padding } = sizes, several = values.length > 1;
  const numbers = several ? sizes.range : sizes.number;
  const formula = tall ? Math.max(character * columns(symbol), numbers) : character * Math.max(24, columns(symbol));
  const shaped = columns(title) + (several ? 5 : 0);
  const leaves = tall ? Math.max(character * shaped, numbers) : character * (Math.max(5, columns(title)) + (several ? 12 : 0)) + sizes.number;
  const box = [0, 0, Math.round((symbol ? formula : leaves) + padding), symbol ? sizes.folded_rows : sizes.two_rows];
  return { ...card, tall, title, symbol, isFormula: symbol !== "", values, unlabelled: false, disc: 0, box };
}

/** A card for every node. */
export const scalarCards = contents => contents.nodes.map((_, i) => scalarCard(contents, i));
