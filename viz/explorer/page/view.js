/* Where one looks: the part of the picture in view, in its own units. */

import { output } from "./graph.js";
import { changed, shown, state } from "./state.js";
import { byId } from "./elements.js";

export const picture = byId("picture");
export const printing = matchMedia("print");
export const view = { x: 0, y: 0, width: 1, height: 1, scale: 1 };  // scale: pixels in a unit; to measure it anew waits for a layout
let framed = null;

/** The size of the picture's frame, as it was when it was last measured: to measure it waits for a layout. */
export const pixels = () => framed ?? measuredAnew();

export function measuredAnew() {
  const { width, height } = picture.getBoundingClientRect();
  return framed = { width: width || 1, height: height || 1 };
}

export function look(x, y, width) {
  const size = pixels();
  const whole = state.picture.size[0] + state.picture.size[1] + 1000;
  width = Math.min(Math.max(width, 60), whole * 2);
  Object.assign(view, { x, y, width, height: width * size.height / size.width, scale: size.width / width });
  picture.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
  if (shown) changed("view");
}

const READABLE = 28 / 23;  // pixels a unit on a projector: numbers of 23 units are of 28 pixels at least
const isProjected = () => document.documentElement.hasAttribute("data-projector");

/** Pixels a unit where only a part of a picture is in view. */
const closeUp = () => isProjected() ? READABLE : .8;

/** Look at a rectangle, not much closer than life-size; on a projector as close as there is room. */
export function lookAt(/** @type {number[]} */ [x, y, width, height], margin = 24) {
  const size = pixels(), closest = isProjected() ? 3 : 1.25;
  const wide = Math.max(width + 2 * margin, (height + 2 * margin) * size.width / size.height, size.width / closest);
  look(x + width / 2 - wide / 2, y + height / 2 - wide * size.height / size.width / 2, wide);
}

export const fit = () => lookAt([0, 0, ...state.picture.size]);

/** Look at a rectangle as a whole where it can be read then, else at its upper left corner; a room of people keeps
    sight of all if it can. */
export function lookInto([x, y, width, height]) {
  if (isProjected() && isReadable(state.picture)) return fit();
  if (isReadable({ size: [width, height] })) return lookAt([x, y, width, height]);
  look(x - 24, y - 24, pixels().width / closeUp());
}

/** Whether a picture can be read when all of it is in view. */
export function isReadable({ size: [width, height] }) {
  const room = pixels();
  return Math.min(room.width / (width + 48), room.height / (height + 48)) >= (isProjected() ? READABLE : room.width < 500 ? .75 : .5);
}

/** Where a view of some length begins along a side of the picture: as near to the wanted place as there are cards. */
const within = (wanted, length, whole) => length >= whole + 48 ? (whole - length) / 2 : Math.min(Math.max(wanted, -24), whole + 24 - length);

/** The whole graph where it can be read, else its end. */
export function home() {
  fit();
  if (isReadable(state.picture)) return;
  const [x, y, width, height] = cardOf(output).box, wide = pixels().width / closeUp(), high = wide * pixels().height / pixels().width;
  look(within(x + width + 24 - wide, wide, state.picture.size[0]), within(y + height / 2 - high / 2, high, state.picture.size[1]), wide);
}

/** The same, where what stands around the picture may have changed. */
export function homeAnew() {
  measuredAnew();
  home();
}

export function zoom(factor, x = view.x + view.width / 2, y = view.y + view.height / 2) {
  const before = view.width;
  look(view.x, view.y, view.width * factor);
  const real = view.width / before;
  look(x - (x - view.x) * real, y - (y - view.y) * real, view.width);
}

export const cardOf = i => state.picture.cards[state.picture.of[i]];

/** Move the view, if a node is outside it, so that the node is in the middle. */
export function reveal(i) {
  const [x, y, width, height] = cardOf(i).box;
  if (x > view.x && x + width < view.x + view.width && y > view.y && y + height < view.y + view.height) return;
  look(x + width / 2 - view.width / 2, y + height / 2 - view.height / 2, view.width);
}

export const at = event => {
  const box = picture.getBoundingClientRect();
  return [view.x + (event.clientX - box.left) / box.width * view.width, view.y + (event.clientY - box.top) / box.height * view.height];
};
