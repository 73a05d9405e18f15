/* The graph: values, local derivatives, gradients. Nodes are numbers in topological order. */

import { rows } from "./table.js";

export let nodes = [], names = [], kinds = [], labelled = [], ops = {}, pictures = [], groups = [], measures = {};  // as contents.py tells them
export let unlifted = "";
export let compound = [];  // whether a name is an expression, which needs parentheses in another
export let output = -1, operands = [], leaves = [], made = [], turn = new Map();
export let uses = [];  // of each node: [user, which of its operands]
export let data = new Float64Array(0), local = [];  // local: ∂node/∂operand
export const work = { evaluated: 0, written: 0 };  // what the latest change cost: operations, texts
const KINDS = { i: "input", p: "parameter", c: "constant", r: "result", o: "output" };  // by their first letter
export const isLeaf = i => typeof nodes[i][0] === "number";

/** A picture whose cards know their number, and whether they are scalars. */
export function numbered(picture) {
  picture.cards.forEach((card, k) => Object.assign(card, { number: k, scalar: picture.level === "Scalars" }));
  return picture;
}

/** Take another graph in place of the one there was, and compute it. */
export function load(contents) {
  ({ nodes, names, ops, pictures, groups, measures, unlifted = "", compound = [] } = contents);
  kinds = Array.from(contents.kinds, kind => KINDS[kind] ?? kind);
  labelled = Array.from(contents.labelled, Number);
  pictures.forEach(numbered);
  output = nodes.length - 1;
  operands = nodes.map((node, i) => isLeaf(i) ? [] : node.slice(1));
  uses = nodes.map(() => []);
  operands.forEach((each, user) => each.forEach((i, place) => uses[i].push([user, place])));
  leaves = [...nodes.keys()].filter(isLeaf);
  made = [...nodes.keys()].filter(i => !isLeaf(i));
  turn = new Map(made.map((i, k) => [i, k]));
  data = Float64Array.from(nodes, ([first]) => typeof first === "number" ? first : NaN);
  local = nodes.map(() => []);
  evaluate(leaves);
}

/** Compute everything downstream of the changed nodes, and its local derivatives. */
export function evaluate(changed) {
  const dirty = new Set(changed);
  work.evaluated = 0;
  for (const i of made) {
    if (!operands[i].some(j => dirty.has(j))) continue;
    const rule = rows[nodes[i][0]], x = operands[i].map(j => data[j]);
    data[i] = rule.forward(...x);
    local[i] = rule.partials(...x, data[i]);
    dirty.add(i);
    work.evaluated++;
  }
}

/** Gradients after so many turns of the backward pass, and how many parts of each have arrived. */
export function differentiate(turns) {
  const grad = new Float64Array(nodes.length), arrived = new Int32Array(nodes.length);
  if (turns >= 0) grad[output] = Number.isFinite(data[output]) ? 1 : NaN;
  for (let k = 0; k < turns; k++) {
    const i = made[made.length - 1 - k];
    operands[i].forEach((j, place) => {
      grad[j] += grad[i] * local[i][place];
      arrived[j]++;
    });
  }
  return { grad, arrived };
}

/** The first operation without a finite result, or undefined. */
export const broken = () => made.find(i => !Number.isFinite(data[i]) && operands[i].every(j => Number.isFinite(data[j])));
