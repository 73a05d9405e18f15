/* Light: what is pointed at, in the picture and in the arrays at once. */

import { isAtRest, nodeAt, state } from "./state.js";
import { behind, grids, letters, nodeIn, owner, places } from "./arrays.js";
import { extent, showFormula } from "./cell_formula.js";

let marked = [];

export function light() {
  for (const [element, name] of marked) element.classList.remove(name);
  marked = [];
  const current = nodeAt(state.step);
  const { lit, near } = state.cell ? behind(nodeIn(state.cell.grid, state.cell.row, state.cell.column), state.cell.gradient)
    : { lit: new Set([state.hovered, state.selected].filter(i => i >= 0)), near: new Set() };
  lightCards(near, "near");
  lightCards(lit, "lit");
  if (current >= 0 && !isAtRest() && !state.cell) lightCards(new Set([current]), "current");
  if (state.cell) lightCell(state.cell);
  else lightCells(state.hovered >= 0 ? state.hovered : state.selected >= 0 ? state.selected : current);
  showFormula();
}

/** Mark an element; of an array whose table is not made yet there is none. */
function mark(element, name) {
  if (!element) return;
  element.classList.add(name);
  marked.push([element, name]);
}

function lightCards(which, name) {
  const { of, drawings } = state.picture;
  new Set([...which].filter(i => i >= 0).map(i => of[i])).forEach(k => mark(drawings[k].root, name));
}

function lightCell({ grid, row, column, gradient }) {
  mark((gradient ? grid.gradientCells : grid.valueCells)[row][column], "lit");
  const rule = gradient ? grid.gradient : grid.value, env = letters(grid, row, column);
  if (!rule) return;
  for (let at = 0; at < extent(rule); at++)
    for (const [k, index, isGradient] of [...rule.factors, ...(rule.plus ? [rule.plus] : [])]) {
      const full = { ...env, [rule.over]: at }, cells = isGradient ? grids[k].gradientCells : grids[k].valueCells;
      mark(cells?.[full[index[0]]][full[index[1]] ?? 0], "near");
    }
}

function lightCells(i) {
  const mine = places.get(i);
  for (const [grid, row, column] of mine ?? (owner.get(i) ?? []).flatMap(each => places.get(each)))
    for (const cells of [grid.valueCells, grid.gradientCells]) mark(cells?.[row][column], mine ? "lit" : "near");
}
