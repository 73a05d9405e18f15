/* Where cards go: Graphviz, in a worker, so that nothing waits for it. */

import { known } from "./kept.js";

const MANY = 60;  // cards; from here on the layout is the quick one
const INCH = 72;
let worker = null, busy = null, waiting = null;
let turns = 0;  // graphs whose pictures were asked for

function started() {
  const source = new Blob([document.getElementById("placer").textContent], { type: "text/javascript" });
  const made = new Worker(URL.createObjectURL(source));
  const take = answer => {
    const { resolve, reject } = busy;
    busy = null;
    if (waiting) send(waiting);
    waiting = null;
    answer.failed ? reject(new Error(`the graph could not be laid out: ${answer.failed}`)) : resolve(answer);
  };
  made.onmessage = ({ data }) => take(data);
  made.onerror = () => take({ failed: "this browser does not run Graphviz" });
  return made;
}

function send(request) {
  busy = request;
  worker.postMessage(request.dot);
}

/** Ask for the places of cards; of requests that wait only the latest is answered, the others get null. */
function asked(dot) {
  worker ??= started();
  return new Promise((resolve, reject) => {
    waiting?.resolve(null);
    waiting = { dot, resolve, reject };
    if (!busy) {
      send(waiting);
      waiting = null;
    }
  });
}

const written = attributes => Object.entries(attributes).map(([name, value]) => `${name}="${value}"`).join(" ");

function dotOf(cards, edges, boxes) {
  const tight = document.documentElement.hasAttribute("data-projector") ? known.layout.tight : {};
  const attributes = { ...(cards.length > MANY ? known.layout.many : known.layout.few), ...tight };
  const blank = cards.map(({ box: [, , width, height] }, i) => `${i} [width=${(width / INCH).toFixed(4)} height=${(height / INCH).toFixed(4)}]`);
  const inside = boxes.map(({ title, members }, k) => `subgraph cluster_${k} { label="${title}" fontsize=12 margin=10 ${members.join(" ")} }`);
  const drawn = edges.map(([from, to], k) => `${from}:e -> ${to}:w [id=${k}]`);
  return `digraph { ${written(attributes)}; node [shape=box fixedsize=true label=""]; edge [dir=none]; ${[...blank, ...inside, ...drawn].join("; ")} }`;
}

/** No layout is smaller: a column for each node of the longest path, and as many cards in one as in all on average.

    @returns {[number, number]} */
export function leastSize(cards, edges) {
  const column = cards.map(() => 0), { nodesep, ranksep } = known.layout.few;
  for (const [from, to] of edges) column[to] = Math.max(column[to], column[from] + 1);  // operands come before what uses them
  const columns = Math.max(...column) + 1, least = side => cards.reduce((found, { box }) => Math.min(found, box[side]), Infinity);
  return [columns * (least(2) + ranksep * INCH), cards.length / columns * (least(3) + nodesep * INCH)];
}

/** A function that places the pictures of a graph that is to be shown; as soon as another graph is to be, it gives null.

    @returns {(level: string, cards: object[], of: number[], edges: number[][], boxes?: { title: string, members: number[] }[]) => Promise<object | null>} */
export function placing() {
  const mine = ++turns;
  return (...picture) => placed(() => mine === turns, ...picture);
}

/** A laid out picture, as contents.py tells one; null where it is not wanted any more.

    @param {() => boolean} isWanted
    @param {string} level
    @param {object[]} cards operands before what uses them
    @param {number[]} of for each node its card
    @param {number[][]} edges from card, to card, place of the operand
    @param {{ title: string, members: number[] }[]} boxes around cards */
async function placed(isWanted, level, cards, of, edges, boxes = []) {
  const found = isWanted() && await asked(dotOf(cards, edges, boxes));
  if (!found || !isWanted()) return null;
  cards.forEach((card, i) => {
    const [x, y] = found.centres[i], [, , width, height] = card.box;
    card.box = [Math.round(x - width / 2), Math.round(y - height / 2), width, height];
  });
  return { level, size: found.size, cards, of, edges: edges.map((edge, k) => [...edge, found.curves[k]]),
    boxes: boxes.map(({ title }, k) => [title, ...found.boxes[k]]) };
}
