/* On paper: a picture that could not be read on one sheet is printed in parts, from left to right and down. */

import { state } from "./state.js";
import { byId, svg } from "./elements.js";

const PAPER = [718, 491], LEAST = .5;  // pixels of a picture that is printed as a whole, and in a unit
const PART = [1000, 680], SHARED = 200;  // units of a part, and of it what the next one has, too
const MOST = 24;  // parts; of more, only those that were in view

/** The corners at which parts begin that have a card in them. */
function corners({ size: [width, height], cards }) {
  const starts = (length, part) => Array.from({ length: Math.max(1, Math.ceil((length - SHARED) / (part - SHARED))) }, (_, k) => k * (part - SHARED));
  return starts(height, PART[1]).flatMap(y => starts(width, PART[0]).map(x => [x, y])).filter(part => cards.some(({ box }) => meet(box, [...part, ...PART])));
}

/** @type {(a: number[], b: number[]) => boolean} */
const meet = ([x, y, width, height], [left, top, wide, high]) => x < left + wide && x + width > left && y < top + high && y + height > top;

/** Lay out what is printed of the picture; the rectangle is the part that was in view. */
export function layOutSheets({ x, y, width, height }) {
  const { size, root } = state.picture, sheets = byId("sheets"), isWhole = Math.min(PAPER[0] / size[0], PAPER[1] / size[1]) >= LEAST;
  const all = isWhole ? [] : corners(state.picture), parts = all.length > MOST ? all.filter(part => meet([...part, ...PART], [x, y, width, height])).slice(0, MOST) : all;
  root.id = "printed";
  sheets.replaceChildren(...parts.map(([left, top]) =>
    svg("svg", { viewBox: `${left - 12} ${top - 12} ${PART[0] + 24} ${PART[1] + 24}` }, svg("use", { href: "#printed" }))));
  byId("graph").classList.toggle("in-parts", parts.length > 0);
}

