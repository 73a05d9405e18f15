/* Pointers on the picture: drag the ground to pan, a leaf to change it, two fingers to zoom. */

import { data } from "./graph.js";
import { point, select, state } from "./state.js";
import { at, look, picture, pixels, view, zoom } from "./view.js";
import { setLeaves, soon } from "./changes.js";
import { choose } from "./choosing.js";
import { foldCard } from "./picture.js";

const pointers = new Map();
let drag = null;

export function pointerDown(event) {
  const drawing = state.picture.drawings[event.target.closest("[data-card]")?.dataset.card];
  pointers.set(event.pointerId, event);
  picture.setPointerCapture(event.pointerId);
  const fold = event.target.closest("[data-fold]")?.dataset.fold;
  const leaf = drawing?.root.classList.contains("leaf") ? drawing.card.values[0] : -1;
  drag = { x: event.clientX, y: event.clientY, drawing, fold, leaf, from: data[leaf], moved: false };
}

export function pointerMove(event) {
  const before = pointers.get(event.pointerId);
  if (!before) return hover(event);
  pointers.set(event.pointerId, event);
  if (pointers.size > 1) return pinch(before, event);
  if (!drag.moved && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < 4) return;
  drag.moved = true;
  if (drag.leaf >= 0) return scrub(event);
  const scale = view.width / pixels().width;
  look(view.x - (event.clientX - before.clientX) * scale, view.y - (event.clientY - before.clientY) * scale, view.width);
}

function pinch(before, event) {
  const other = [...pointers.values()].find(each => each.pointerId !== event.pointerId);
  const gap = each => Math.hypot(each.clientX - other.clientX, each.clientY - other.clientY) || 1;
  drag.moved = true;
  zoom(gap(before) / gap(event), ...at(other));
}

function scrub(event) {
  if (state.selected !== drag.leaf) select(drag.leaf);
  const unit = Math.max(Math.abs(drag.from), .5) / 100;
  const digits = Math.max(0, 1 - Math.floor(Math.log10(unit)));
  soon(() => setLeaves([[drag.leaf, Number((drag.from + (event.clientX - drag.x) * unit).toFixed(Math.min(digits, 20)))]]));
}

export function pointerUp(event) {
  pointers.delete(event.pointerId);
  if (!drag || drag.moved || event.type !== "pointerup") return;
  drag.fold === undefined ? choose(drag.drawing) : foldCard(Number(drag.fold));
}

function hover(event) {
  const drawing = state.picture.drawings[event.target.closest?.("[data-card]")?.dataset.card];
  point(drawing?.card.values[0] ?? -1);
}
