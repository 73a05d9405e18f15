/* The matrix view: tables of values and gradients, and the scalar nodes behind each cell. */

import { data, groups, operands, uses } from "./graph.js";
import { changed, hasGrad, isKnown, point, pointAtCell, select, shown, version } from "./state.js";
import { byId, h, write } from "./elements.js";
import { cut, format } from "./numbers.js";
import { say, titled } from "./words.js";
import { reveal } from "./view.js";

export let grids = [];
export const places = new Map();  // node -> [grid, row, column] of its cells
export const owner = new Map();  // node without a cell -> the nodes with a cell that it helps to compute

const CELLS_AT_ONCE = 500;  // cells that are made in a frame
let unmade = [];  // arrays whose tables are not made yet, and where they go

const rowsShown = new WeakMap();  // row of a table -> whether it is in view, and which numbers stand in it
const watching = new IntersectionObserver(entries => {
  for (const { target, isIntersecting } of entries) rowsShown.get(target).isSeen = isIntersecting;
  writeGrids();
});

export const nodeIn = (grid, row, column) => grid.nodes[row * grid.shape[1] + column];
export const letters = (grid, row, column) => ({ [grid.index[0]]: row, [grid.index[1]]: column });
export const elementName = (name, index) => index.length ? `${name}[${index.join(",")}]` : name;
export const cellName = (grid, row, column, gradient) =>
  elementName((gradient ? "d" : "") + cut(grid.name, 40), [row, column].slice(0, grid.index.length));

/** The scalar nodes behind a cell: those that only it needs, and the cells these lead to. */
export function behind(i, gradient) {
  const lit = new Set([i]), near = new Set(), stack = [i];
  while (stack.length) {
    const j = stack.pop(), next = gradient ? uses[j].map(([user]) => user) : operands[j];
    if (gradient && j === i) next.flatMap(k => operands[k]).filter(k => places.has(k) && k !== i).forEach(k => near.add(k));
    for (const k of next) {
      if (places.has(k)) near.add(k);
      else if (!lit.has(k)) { lit.add(k); stack.push(k); }
    }
  }
  return { lit, near };
}

export function buildArrays() {
  grids = groups.flatMap(group => group.grids);
  places.clear();
  owner.clear();
  for (const grid of grids) grid.nodes.forEach((i, k) => {
    if (i >= 0) places.set(i, [...(places.get(i) ?? []), [grid, Math.floor(k / grid.shape[1]), k % grid.shape[1]]]);
  });
  for (const i of places.keys())
    for (const j of behind(i, false).lit) if (!places.has(j)) owner.set(j, [...(owner.get(j) ?? []), i]);
  byId("arrays").hidden = !groups.length;
  watching.disconnect();
  unmade = [];
  byId("groups").replaceChildren(...groups.map(group => h("div", { class: "group" }, h("h3", {}, titled(group.title)),
    h("div", { class: "grids" }, ...group.grids.map(pairOf)))));
  makeTables(CELLS_AT_ONCE);
}

/** Where the two tables of an array will be. Of many numbers, those out of view are not laid out: only about as much room is kept. */
function pairOf(grid) {
  const [rows, columns] = grid.shape, many = grids.reduce((all, { nodes }) => all + 2 * nodes.length, 0) > CELLS_AT_ONCE;
  const pair = h("div", { class: many ? "pair of-many" : "pair", style: many ? `contain-intrinsic-size: auto ${4.6 * columns}rem auto ${4 * rows + 5}rem` : null });
  unmade.push([grid, pair]);
  return pair;
}

/** Make tables of about so many cells, one at least, and the others in the frames to come. */
function makeTables(most) {
  const mine = unmade;
  for (let made = 0; unmade.length && (!made || made + 2 * unmade[0][0].nodes.length <= most);) {
    const [grid, pair] = unmade.shift();
    pair.append(table(grid, false), table(grid, true));
    made += 2 * grid.nodes.length;
  }
  if (unmade.length) requestAnimationFrame(() => setTimeout(() => {  // once this frame has been laid out
    if (mine !== unmade) return;
    makeTables(CELLS_AT_ONCE);
    writeGrids();
    changed("light");
  }));
}

/** A row of which it is known whether it is in view. */
function watched(cells, row) {
  cells.rowShown = { isSeen: true, version: -1 };
  rowsShown.set(row, cells.rowShown);
  watching.observe(row);
  return row;
}

function table(grid, gradient) {
  const [rows, columns] = grid.shape, name = (gradient ? "d" : "") + cut(grid.name, 40);
  const cells = Array.from({ length: rows }, (_, row) => Array.from({ length: columns }, (_, column) =>
    h("td", { tabindex: row + column ? -1 : 0, role: "gridcell" })));
  const onCell = act => ({ target }) => { if (target.cellIndex >= 0) act(grid, target.parentNode.sectionRowIndex, target.cellIndex, gradient); };
  grid[gradient ? "gradientCells" : "valueCells"] = cells;
  const about = gradient ? "" : `${rows}×${columns}${grid.about ? `, ${titled(grid.about)}` : ""}`;
  return h("table", { role: "grid", style: `--columns: ${columns}`, "aria-label": gradient ? say("Gradient of {name}", { name: grid.name }) : grid.name, onkeydown: event => walkCells(event, cells),
    onfocusin: onCell(pointAtCell), onpointerover: onCell(pointAtCell), onclick: onCell(chooseCell), onpointerleave: () => point(-1) },
    h("caption", {}, name, h("small", {}, ` ${about}`)),
    h("tbody", {}, ...cells.map(row => watched(row, h("tr", { role: "row" }, ...row)))));
}

/** Write the numbers of an array's rows in view, and shade their cells by size; the other rows wait until they come
    into view, or are printed. */
function writeGrid(grid, all) {
  const columns = grid.shape[1];
  for (const gradient of [false, true]) {
    const lines = (gradient ? grid.gradientCells : grid.valueCells).map((cells, row) => [cells, row]);
    const waiting = lines.filter(([{ rowShown }]) => rowShown.version !== version && (all || rowShown.isSeen));
    if (!waiting.length) continue;
    const numbers = grid.nodes.map(i => i < 0 ? NaN : gradient ? shown.grad[i] : data[i]);
    const most = numbers.reduce((found, x) => Number.isFinite(x) ? Math.max(found, Math.abs(x)) : found, 1e-300);
    for (const [cells, row] of waiting) cells.forEach((cell, column) => {
      const k = row * columns + column, i = grid.nodes[k], there = i >= 0 && (gradient ? hasGrad(i) : isKnown(i)), x = numbers[k];
      const shade = `--size: ${there && Number.isFinite(x) ? (Math.abs(x) / most).toFixed(2) : 0}; --sign: var(--${x < 0 ? "minus" : "plus"})`;
      write(cell, there ? format(x) : "");
      if (cell.shade !== shade) cell.setAttribute("style", cell.shade = shade);
      cells.rowShown.version = version;
    });
  }
}

export function writeGrids(all = false) {
  if (all) makeTables(Infinity);
  for (const grid of grids) if (grid.valueCells) writeGrid(grid, all);
}

function chooseCell(grid, row, column) {
  const i = nodeIn(grid, row, column);
  if (i < 0) return;
  select(i);
  reveal(i);
}

function walkCells(event, cells) {
  const row = cells.findIndex(each => each.includes(event.target)), column = cells[row]?.indexOf(event.target);
  const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  if (event.key === "Enter") event.target.click();
  if (!step || row < 0) return;
  event.preventDefault();
  event.stopPropagation();
  const next = cells[row + step[0]]?.[column + step[1]];
  if (!next) return;
  event.target.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}
