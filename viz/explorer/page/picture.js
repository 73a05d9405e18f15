/* The picture: cards, edges, boxes. */

import { local, measures, operands, output, pictures } from "./graph.js";
import { isAtRest, isKnown, nodeAt, refresh, seed, shown, state, version } from "./state.js";
import { byId, svg } from "./elements.js";
import { format } from "./numbers.js";
import { drawCard, writeCard } from "./cards.js";
import { firstPaths } from "./paths.js";
import { MOST_OPEN, inside, opening } from "./opening.js";
import { home, lookInto, picture, printing, view } from "./view.js";
import { say, titled } from "./words.js";

const MOST_WHOLE = 400;  // cards; of more, those out of view are not in the page: it would be laid out and painted at every step
const AT_ONCE = 250;  // cards that are made in a frame

/** A card of the picture, whose elements are made when they are first asked for. */
class Drawing {
  constructor(card, number) {
    this.card = card;
    this.number = number;
    this.made = null;
    this.version = -1;
    this.waiting = false;
  }
  get parts() {
    if (!this.made) {
      this.made = drawCard(this.card, this.number);
      this.made.root.classList.toggle("waiting", this.waiting);
    }
    return this.made;
  }
  get root() { return this.parts.root; }
}

function drawn(source) {
  if (source.root) return source;
  const whole = source.cards.length <= MOST_WHOLE, [edgeLayer, cardLayer, pills] = ["g", "g", "g"].map(name => svg(name));
  Object.assign(source, { edgeLayer, cardLayer, pills, root: svg("g", { class: "drawing" }, ...source.boxes.map(drawBox), edgeLayer, ...source.boxes.map(drawTitle), cardLayer, pills),
    paths: [], drawings: source.cards.map((card, k) => new Drawing(card, k)), reaches: whole ? null : source.edges.map(([, , , d]) => reachOf(d)),
    marked: [] });  // paths that are coloured
  if (whole) {
    source.edges.forEach((_, k) => pathOf(source, k));
    cardLayer.append(...source.drawings.map(each => each.root));
  }
  source.focused = source.drawings[0].root;  // which the tab key leads to
  source.focused.setAttribute("tabindex", "0");
  if (!whole) cardLayer.append(source.focused);
  return source;
}

/** The path of an edge, made when it is first asked for. */
function pathOf({ paths, edges, edgeLayer }, k) {
  if (!paths[k]) edgeLayer.append(paths[k] = svg("path", { class: "edge", d: edges[k][3] }));
  return paths[k];
}

/** Let a card be in the page, wherever it is. */
export function bring({ root }) {
  if (!root.isConnected) state.picture.cardLayer.append(root);
  showOrHide(root, true);
}

function showOrHide(element, seen) {
  if (element.isAway === !seen) return;
  element.isAway = !seen;
  element.style.display = seen ? "" : "none";
}

/** The rectangle around a curve's points: left, top, width, height. */
function reachOf(d) {
  const numbers = d.match(/-?[\d.]+/g).map(Number), across = numbers.filter((_, k) => !(k % 2)), down = numbers.filter((_, k) => k % 2);
  const [left, top] = [Math.min(...across), Math.min(...down)];
  return [left, top, Math.max(...across) - left, Math.max(...down) - top];
}

/** Whether a rectangle is in view, or so near to it that it will be soon. */
function isSeen([x, y, width, height], margin = 0) {
  const across = view.width * margin, down = view.height * margin;
  return x < view.x + view.width + across && x + width > view.x - across && y < view.y + view.height + down && y + height > view.y - down;
}

/** Of a picture of many cards, have in the page what is in view, in a few frames if it is much; what has the focus stays. */
function showNear() {
  const { drawings, paths, reaches, focused } = state.picture, shownNow = state.picture;
  if (!reaches) return;
  let room = printing.matches ? Infinity : AT_ONCE;
  for (const drawing of drawings) {
    const near = isSeen(drawing.card.box, .25) || drawing.made?.root === focused;
    if (near && (drawing.made?.root.isConnected || room-- > 0)) bring(drawing);
    else if (!near && drawing.made) showOrHide(drawing.root, false);
  }
  reaches.forEach((reach, k) => {
    const near = isSeen(reach, .25);
    if (near || paths[k]) showOrHide(pathOf(state.picture, k), near);
  });
  if (room < 0) requestAnimationFrame(() => state.picture === shownNow && writeCards());
}

const drawBox = ([, x, y, width, height]) => svg("g", { class: "box" }, svg("rect", { x, y, width, height, rx: 10 }));

/** The title of a box, which folds it where a card was opened; edges go below. */
const drawTitle = ([title, x, y, width, , number]) => svg("g", { class: "box" },
  number === undefined ? svg("text", { x: x + 10, y: y + 16 }, titled(title))
    : svg("g", { class: "folds", role: "button", tabindex: 0, "data-fold": number, "aria-label": say("Fold {name}", { name: title }) },
      svg("rect", { x: x + 4, y: y + 4, width: Math.min(width - 8, 34 + measures.character * title.length), height: 22, rx: 7 }), svg("text", { x: x + 12, y: y + 19 }, `− ${title}`)));

/** Write the cards in view, unless they are up to date, or too small to read. */
export function writeCards() {
  showNear();
  const far = view.scale < .3 && !printing.matches;
  state.picture.root.classList.toggle("far", far);
  for (const drawing of state.picture.drawings) {
    if (far || drawing.version === version || !isSeen(drawing.card.box) || !drawing.made) continue;
    drawing.version = version;
    writeCard(drawing.parts);
  }
}

/** Pale what this step has not computed yet. */
export function markWaiting() {
  for (const drawing of state.picture.drawings) {
    const waiting = !drawing.card.values.every(isKnown);
    if (drawing.waiting === waiting) continue;
    drawing.waiting = waiting;
    drawing.made?.root.classList.toggle("waiting", waiting);
  }
}

/** Show a picture, with what is open in it; where there is no `look` to take, from home. */
export function showPicture(source, look = home) {
  source.opened ??= new Map();
  state.picture = drawn(opening(source, source.opened));
  picture.replaceChildren(state.picture.root);
  [...byId("levels").children].forEach((button, k) => button.setAttribute("aria-pressed", pictures[k] === source));
  look();
  refresh();
}

/** Draw what is shown anew, where it is, in the language of the moment. */
export function drawAnew() {
  for (const each of pictures) each.root = null;
  showPicture(state.picture.base ?? state.picture, () => {});
}

/** The folded card with a number, or the box where it was opened: title, corner, size. */
const roomOf = number => state.picture.boxes.find(box => box[5] === number)?.slice(1, 5) ?? state.picture.cards.find(card => card.number === number).box;

/** How many scalars a card has, or some of its elements, and whether they can be shown beside those that are. */
export function fits(number, elements = null) {
  const base = state.picture.base ?? state.picture, shown = state.picture.cards.filter(card => card.scalar && base !== state.picture).length;
  const count = inside(base, number, elements).length;
  return { count, fits: count + shown <= MOST_OPEN };
}

/** Open a card in place, or some of its elements. */
export function openCard(number, elements = null) {
  const base = state.picture.base ?? state.picture;
  if (!fits(number, elements).fits) return;
  base.opened.set(number, elements && [...new Set([...(base.opened.get(number) ?? []), ...elements])]);
  showPicture(base, () => lookInto(roomOf(number)));
}

/** Fold an opened card again. */
export function foldCard(number) {
  const { base } = state.picture;
  base.opened.delete(number);
  showPicture(base, () => lookInto(roomOf(number)));
}

/** Colour the edges of the current step, and in the backward pass write what flows along them. */
export function showFlow() {
  const { edges, of, pills } = state.picture;
  const current = nodeAt(state.step), flowing = state.step !== seed && current >= 0 && !isAtRest();
  const { cards } = state.picture;
  markRoutes(isAtRest() && cards[of[state.selected]].scalar && isKnown(state.selected) ? state.selected : -1);
  edges.forEach(([from, to, place], k) => {
    if (!flowing || to !== of[current] || !operands[current].some(j => of[j] === from)) return;
    markPath(pathOf(state.picture, k), "flow");
    if (cards[to].scalar && state.step > seed && cards[from].kind !== "constant") pills.append(pill(edges[k][3], shown.grad[current] * local[current][place]));
  });
}

function markPath(path, name) {
  path.classList.add(name);
  state.picture.marked.push([path, name]);
}

/** Mark the paths from a node to the output; of a single one, write the factors on its edges. */
function markRoutes(i) {
  const { cards, edges, pills, of } = state.picture;
  pills.replaceChildren();
  for (const [path, name] of state.picture.marked) path.classList.remove(name);
  state.picture.marked = [];
  if (i < 0 || i === output) return;
  const routes = state.route ? [state.route] : firstPaths(i);
  const key = (from, to, place) => `${from} ${to} ${cards[to].scalar ? place : ""}`;
  const steps = new Map(routes.flat().map(step => [key(of[step[2]], of[step[0]], step[1]), step]));
  edges.forEach(([from, to, place], k) => {
    const step = steps.get(key(from, to, place));
    if (!step) return;
    markPath(pathOf(state.picture, k), "route");
    if (routes.length === 1 && cards[to].scalar) pills.append(pill(edges[k][3], local[step[0]][place]));
  });
}

/** The middle of a curve of cubic segments, as its text says it: to ask the browser would wait for a layout. */
function middle(d) {
  const numbers = d.match(/-?[\d.]+/g).map(Number), segments = (numbers.length - 2) / 6, at = 6 * Math.floor(segments / 2);
  const [a, b, c, e] = [0, 2, 4, 6].map(k => [numbers[at + k], numbers[at + k + 1]]);
  return segments % 2 ? { x: (a[0] + 3 * b[0] + 3 * c[0] + e[0]) / 8, y: (a[1] + 3 * b[1] + 3 * c[1] + e[1]) / 8 } : { x: a[0], y: a[1] };
}

function pill(d, amount) {
  const { x, y } = middle(d), text = format(amount);
  const width = text.length * 6.6 + 10;
  return svg("g", { class: "pill" }, svg("rect", { x: x - width / 2, y: y - 9, width, height: 18, rx: 9 }),
    svg("text", { x, y: y + 4 }, text));
}
