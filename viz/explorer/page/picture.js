/* The picture: cards, edges, boxes. */

import { local, operands, output, pictures } from "./graph.js";
import { isAtRest, isKnown, nodeAt, refresh, seed, shown, state, version } from "./state.js";
import { byId, svg } from "./elements.js";
import { format } from "./numbers.js";
import { drawCard, writeCard } from "./cards.js";
import { firstPaths } from "./paths.js";
import { home, picture, printing, view } from "./view.js";

function drawn(source) {
  if (source.root) return source;
  source.root = svg("g", {}, ...source.boxes.map(drawBox));
  source.paths = source.edges.map(([, , , d]) => svg("path", { class: "edge", d }));
  source.drawings = source.cards.map(drawCard);
  source.pills = svg("g");
  source.root.append(...source.paths, ...source.drawings.map(each => each.root), source.pills);
  source.drawings[0].root.setAttribute("tabindex", "0");
  return source;
}

const drawBox = ([title, x, y, width, height]) => svg("g", { class: "box" },
  svg("rect", { x, y, width, height, rx: 10 }), svg("text", { x: x + 10, y: y + 16 }, title));

/** Write the cards in view, unless they are up to date, or too small to read. */
export function writeCards() {
  const far = view.scale < .3 && !printing.matches;
  state.picture.root.classList.toggle("far", far);
  for (const drawing of state.picture.drawings) {
    const [x, y, width, height] = drawing.card.box;
    const seen = x < view.x + view.width && x + width > view.x && y < view.y + view.height && y + height > view.y;
    if (far || !seen || drawing.version === version) continue;
    drawing.version = version;
    writeCard(drawing);
  }
}

/** Pale what this step has not computed yet. */
export function markWaiting() {
  for (const { root, card } of state.picture.drawings) root.classList.toggle("waiting", !card.values.every(isKnown));
}

export function showPicture(source) {
  state.picture = drawn(source);
  picture.replaceChildren(source.root);
  [...byId("levels").children].forEach((button, k) => button.setAttribute("aria-pressed", pictures[k] === source));
  home();
  refresh();
}

/** Colour the edges of the current step, and in the backward pass write what flows along them. */
export function showFlow() {
  const { edges, paths, of, pills } = state.picture;
  const current = nodeAt(state.step), flowing = state.step !== seed && current >= 0 && !isAtRest();
  const level = state.picture === pictures[0];
  markRoutes(level && isAtRest() && isKnown(state.selected) ? state.selected : -1);
  for (const path of state.picture.root.querySelectorAll(".flow")) path.classList.remove("flow");
  edges.forEach(([from, to, place], k) => {
    if (!flowing || to !== of[current] || !operands[current].some(j => of[j] === from)) return;
    paths[k].classList.add("flow");
    if (level && state.step > seed && state.picture.cards[from].kind !== "constant") pills.append(pill(paths[k], shown.grad[to] * local[to][place]));
  });
}

/** Mark the paths from a node to the output; of a single one, write the factors on its edges. */
function markRoutes(i) {
  const { edges, paths, pills, of } = state.picture;
  pills.replaceChildren();
  for (const path of state.picture.root.querySelectorAll(".route")) path.classList.remove("route");
  if (i < 0 || i === output) return;
  const routes = state.route ? [state.route] : firstPaths(i);
  const steps = new Map(routes.flat().map(step => [`${of[step[2]]} ${of[step[0]]} ${step[1]}`, step]));
  edges.forEach(([from, to, place], k) => {
    const step = steps.get(`${from} ${to} ${place}`);
    if (!step) return;
    paths[k].classList.add("route");
    if (routes.length === 1) pills.append(pill(paths[k], local[step[0]][place]));
  });
}

/** The middle of a curve of cubic segments, as its text says it: to ask the browser would wait for a layout. */
function middle(d) {
  const numbers = d.match(/-?[\d.]+/g).map(Number), segments = (numbers.length - 2) / 6, at = 6 * Math.floor(segments / 2);
  const [a, b, c, e] = [0, 2, 4, 6].map(k => [numbers[at + k], numbers[at + k + 1]]);
  return segments % 2 ? { x: (a[0] + 3 * b[0] + 3 * c[0] + e[0]) / 8, y: (a[1] + 3 * b[1] + 3 * c[1] + e[1]) / 8 } : { x: a[0], y: a[1] };
}

function pill(path, amount) {
  const { x, y } = middle(path.getAttribute("d")), text = format(amount);
  const width = text.length * 6.6 + 10;
  return svg("g", { class: "pill" }, svg("rect", { x: x - width / 2, y: y - 9, width, height: 18, rx: 9 }),
    svg("text", { x, y: y + 4 }, text));
}
