/* A cell's formula, element by element: dW1[0,2] = Σ_s dZ1[0,s]·X[2,s]. */

import { rows } from "./table.js";
import { data, groups, isLeaf, local, made, nodes, operands, output, turn, uses } from "./graph.js";
import { hasGrad, isKnown, seed, shown, state } from "./state.js";
import { byId, h } from "./elements.js";
import { short } from "./numbers.js";
import { say } from "./words.js";
import { cellName, elementName, grids, letters, nodeIn } from "./arrays.js";

const factorName = ([k, index, gradient], env) =>
  elementName((gradient ? "d" : "") + grids[k].name, [...index].map(letter => env[letter] ?? letter));
const factorNode = ([k, index], env) => nodeIn(grids[k], env[index[0]], env[index[1]] ?? 0);
const factorValue = (factor, env) => (factor[2] ? shown.grad : data)[factorNode(factor, env)];
const wrapped = x => x < 0 ? `(${short(x)})` : short(x);

/** How far the index that is summed over runs. */
export function extent({ factors, over }) {
  if (!over) return 1;
  const [k, index] = factors.find(([, each]) => each.includes(over));
  return grids[k].shape[index.indexOf(over)];
}

/** A formula's terms for one cell, as texts and as the number they make. */
function terms(rule, env) {
  const found = { texts: [], total: 0 };
  for (let at = 0; at < extent(rule); at++) {
    const numbers = rule.factors.map(factor => factorValue(factor, { ...env, [rule.over]: at }));
    found.texts.push(numbers.map((x, k) => k ? wrapped(x) : found.texts.length ? wrapped(x) : short(x)).join("·"));
    found.total += numbers.reduce((a, b) => a * b);
  }
  if (rule.plus) {
    const x = factorValue(rule.plus, env);
    found.texts.push(wrapped(x));
    found.total += x;
  }
  return found;
}

function cellFormula({ grid, row, column, gradient }) {
  const i = nodeIn(grid, row, column), name = cellName(grid, row, column, gradient);
  if (i < 0) return [say("{name} is no part of this graph", { name })];
  if (!(gradient ? hasGrad(i) : isKnown(i))) return [say("{name} is not known at this step", { name })];
  const rule = gradient ? grid.gradient : grid.value, number = (gradient ? shown.grad : data)[i];
  if (!rule) return gradient ? byChainRule(i, name) : [`${name} = ${short(number)}`, isLeaf(i) ? say(", a leaf: choose it to change it") : say(", computed by {op}", { op: nodes[i][0] })];
  const env = letters(grid, row, column), { texts, total } = terms(rule, env);
  const sum = rule.over ? ["Σ", h("sub", {}, rule.over), " "] : [];
  const product = rule.factors.map(factor => factorName(factor, env)).join("·") + (rule.plus ? ` + ${factorName(rule.plus, env)}` : "");
  const slope = rule.slope && local[factorNode(rule.slope, env)][0];
  const slopeName = rule.slope ? `·${rule.g}′(${cellName(grid, row, column, false)})` : "";
  const result = rule.slope ? total * slope : rule.g ? rows[rule.g].forward(total, ...defaults(i)) : total;
  const call = text => rule.g && !rule.slope ? [`${rule.g}(`, ...text, ")"] : text;
  const shownTerms = texts.length > 8 ? [...texts.slice(0, 7), `… ${texts.length - 7} more`] : texts;
  const numbers = rule.slope ? `${shownTerms.join(" + ")}·${wrapped(slope)}` : shownTerms.join(" + ");
  return [`${name} = `, ...call([...sum, product, slopeName]), h("br"), "= ", ...call([numbers]), ` = ${short(result)}`,
    agreement(result, number)];
}

const defaults = i => operands[i].slice(1).map(j => data[j]);

/** Whether the matrix formula and the scalar nodes say the same. */
function agreement(result, number) {
  const close = Math.abs(result - number) <= 1e-9 * Math.max(Math.abs(result), Math.abs(number), 1e-9);
  return h("span", { class: "same" }, close ? say(" ✓ same as the scalar node") : say(" the scalar node so far: {x}", { x: short(number) }));
}

function byChainRule(i, name) {
  const parts = uses[i].filter(([user]) => state.step - seed > made.length - 1 - turn.get(user));
  if (i === output) return [say("{name} = 1, where the backward pass begins", { name })];
  const texts = parts.slice(0, 7).map(([user, place]) => `${wrapped(shown.grad[user])}·${wrapped(local[user][place])}`);
  if (parts.length > 7) texts.push(`… ${parts.length - 7} more`);
  return [say("{name} = Σ over its uses of gradient·local derivative", { name }), h("br"), `= ${texts.join(" + ")} = ${short(shown.grad[i])}`];
}

export function showFormula() {
  if (!groups.length) return;
  byId("formula").replaceChildren(...(state.cell ? cellFormula(state.cell)
    : [h("span", { class: "same" }, say("Point at a cell to see the formula that makes it, and the scalar nodes behind it."))]));
}
