/* Build: an expression becomes a graph while it is typed. */

import { data, kinds, leaves, names } from "./graph.js";
import { follow } from "./state.js";
import { byId, h } from "./elements.js";
import { cut, typed } from "./numbers.js";
import { say } from "./words.js";
import { setLeaves } from "./changes.js";
import { addPicture, openGraph } from "./room.js";
import { isReadable } from "./view.js";
import { note, said } from "./address.js";
import { drafted, inOrder, scalarCards } from "./drafting.js";
import { lineCards } from "./folding.js";
import { leastSize, placing } from "./placing.js";
import { read, Unread } from "./reading.js";

const EXAMPLES = {
  "one multiplication": "y = w*x",
  "a neuron": "z = w*x + b\na = tanh(z)",
  "its error": "a = tanh(w*x + b)\nloss = (a - y)**2",
  "x used twice": "y = x*x + sin(x)",
  "two neurons in a row": "a1 = sigmoid(w1*x + b1)\na2 = sigmoid(w2*a1 + b2)\nloss = (a2 - y)**2",
  "a softmax": "total = exp(z1) + exp(z2)\np1 = exp(z1)/total\nloss = -log(p1)",
};
const STARTS = [.5, 2, 1, 1.5, .8, 1.2];  // of names that were given no number
const CONSTANTS = { e: Math.E, pi: Math.PI, π: Math.PI };  // names that have one already, until another is typed
const PAUSE = 150;  // milliseconds after a keystroke until pictures are placed that are not shown yet
const MOST_SHOWN = 24;  // values beside the text; the others are changed in the graph
const values = new Map(), starts = new Map(), learns = new Map();
let current = "";  // the text whose graph is shown, or on its way
/** @type {(contents: object) => object[]} */
let arraysOf = () => [];  // of the contents of a graph
let builds = 0;  // how often a graph was built: what comes later must know whether it is still the latest
let built = null;  // the promise of the graph of the text; null where another graph is shown
export let placedAll = Promise.resolve();  // once there are also the pictures of it that are not shown at first
let isShown = false;  // whether the graph that is shown is that of the text

const isLearnt = name => learns.get(name) ?? /^[wbWBθ]/.test(name);

/** The leaves of a sketch; a number that is new in the text is taken over. */
function takeLeaves({ output, leaves: written }) {
  const named = inOrder(output).filter(each => !each.row && each.label).sort((a, b) => written.indexOf(a.label) - written.indexOf(b.label));
  named.forEach(({ label, number }, k) => {
    const start = Number.isFinite(number) ? number : undefined;
    if (start !== undefined && starts.get(label) !== start) values.set(label, start);
    starts.set(label, start);
    if (!values.has(label)) values.set(label, CONSTANTS[label] ?? STARTS[k % STARTS.length]);
  });
  return named.map(({ label }) => label);
}

/** Another graph is shown than that of the text. */
export function leaveBuild() {
  isShown = false;
  current = "";
  built = null;
}

/** Back to the graph of the text. */
export const returnToBuild = () => built ?? build();

/** Lay the graph of the text out anew, where it is shown. */
export const renewBuild = () => isShown && build();

const build = () => built = make();

/** The sketch of a text, and under it what is to be said of it; null where it is not understood. */
function understood(text) {
  try {
    const sketch = read(text), { unused } = sketch;
    remark(unused.length ? say("{names} is used by nothing below it, so the graph of the last line is without it", { names: unused.join(", ") }) : "");
    return sketch;
  } catch (error) {
    if (!(error instanceof Unread)) throw error;
    complain(error, text);
    return null;
  }
}

/** Say anew what is said beside the text. */
export function sayBuild() {
  showExamples();
  const sketch = understood(byId("text").value);
  byId("values").replaceChildren();
  if (sketch) showValues(takeLeaves(sketch));
}

async function make() {
  const text = byId("text").value;
  const mine = ++builds;
  current = text;
  const sketch = understood(text);
  if (!sketch) return;
  const place = placing(), found = takeLeaves(sketch);
  const contents = drafted(sketch.output, { value: name => values.get(name), learns: isLearnt });
  const edges = contents.nodes.flatMap((node, i) => typeof node[0] === "string" ? node.slice(1).map((j, place) => [j, i, place]) : []);
  const cards = scalarCards(contents), lines = lineCards(inOrder(sketch.output), contents);
  const scalars = () => place("Scalars", cards, [...contents.nodes.keys()], edges), folded = () => place("Lines", lines.cards, lines.of, lines.edges);
  const isFar = lines && !isReadable({ size: leastSize(cards, edges) });
  const picture = await (isFar ? folded() : scalars()), small = lines && !isFar && picture && !isReadable(picture) && await folded();
  if (!picture) return;
  contents.nodes.forEach((node, i) => { if (values.has(contents.names[i]) && typeof node[0] === "number") node[0] = values.get(contents.names[i]); });
  isShown = true;
  byId("apart-said").textContent = "";
  note({ g: "" });
  openGraph({ ...contents, groups: arraysOf(contents), pictures: small ? [picture, small] : [picture] });
  showValues(found);
  keep();
  placedAll = lines && !small ? addLater(isFar ? scalars : folded, () => mine === builds && isShown) : Promise.resolve();
}

/** Offer a picture that is not shown yet, once nobody types. */
async function addLater(place, isLatest) {
  await new Promise(done => setTimeout(done, PAUSE));
  const added = isLatest() && await place();
  if (added && isLatest()) addPicture(added);
}

const remark = text => {
  byId("text").removeAttribute("aria-invalid");
  byId("said").className = "";
  byId("said").textContent = text;
};

/** Show what is wrong, under the line in which it is wrong. */
function complain({ message, start, end }, text) {
  const from = text.lastIndexOf("\n", start - 1) + 1, first = Math.max(from, start - 40);
  const line = text.slice(from).split("\n")[0].slice(first - from, first - from + 72);
  byId("text").setAttribute("aria-invalid", "true");
  byId("said").className = "wrong";
  byId("said").replaceChildren(message, ...(text.trim() ? [h("pre", { "aria-hidden": "true" },
    `${first > from ? "…" : ""}${line}\n${" ".repeat(start - first + Number(first > from))}${"^".repeat(Math.max(1, Math.min(end - start, 72 - (start - first))))}`)] : []));
}

/** Show the leaves beside the text; a field that is there stays, and so does the focus in it. */
function showValues(found) {
  const there = [...byId("values").querySelectorAll("[data-leaf]")].map(field => field.dataset.leaf);
  if (there.join(" ") === found.slice(0, MOST_SHOWN).join(" "))
    return byId("values").querySelectorAll("li:has(input)").forEach((item, k) => { item.className = isLearnt(found[k]) ? "parameter" : "input"; });
  const fields = found.slice(0, MOST_SHOWN).map(name => h("li", { class: isLearnt(name) ? "parameter" : "input" },
    h("label", {}, cut(name, 16), h("input", { inputmode: "decimal", autocomplete: "off", size: 7, "data-leaf": name, value: String(values.get(name)), oninput: change })),
    h("label", { class: "learns", title: say("Whether “Step downhill” moves it") },
      h("input", { type: "checkbox", checked: isLearnt(name), onchange: ({ target }) => { learns.set(name, target.checked); build(); } }), say("learns"))));
  byId("values").replaceChildren(...fields, ...(found.length > MOST_SHOWN ? [h("li", {}, say("and {n} more, in the graph", { n: found.length - MOST_SHOWN }))] : []));
}

function change({ target }) {
  const x = typed(target.value), i = leaves.find(each => names[each] === target.dataset.leaf), wrong = !Number.isFinite(x) || i === undefined;
  target.setAttribute("aria-invalid", wrong);
  if (!wrong) setLeaves([[i, x]]);
}

/** What was changed in the graph stands beside the text, too. */
function takeBack() {
  if (!isShown) return;
  for (const i of leaves) if (kinds[i] !== "constant" && values.has(names[i])) values.set(names[i], data[i]);
  for (const field of byId("values").querySelectorAll("[data-leaf]"))
    if (field !== document.activeElement) field.value = String(values.get(field.dataset.leaf));
  keep();
}

function keep() {
  const shown = leaves.filter(i => values.has(names[i])).map(i => names[i]);
  note({ e: current, v: shown.map(name => `${name}:${values.get(name)}`).join(" "),
    p: shown.filter(name => learns.has(name)).map(name => `${name}:${Number(isLearnt(name))}`).join(" ") });
}

const pairs = text => text.split(" ").map(each => each.split(":")).filter(([, x]) => x !== undefined && Number.isFinite(Number(x)));

/** Take text and values from the address; the graph of it is made when it is seen. */
export function restoreBuild() {
  for (const kept of [values, starts, learns]) kept.clear();
  arraysOf = () => [];
  for (const [name, x] of pairs(said("v"))) values.set(name, Number(x));
  for (const [name, x] of pairs(said("p"))) learns.set(name, x === "1");
  byId("text").value = said("e", EXAMPLES["its error"]);
  leaveBuild();
}

/** Put a text in place of the one there is, with the numbers in it; `arrays` makes those of its graph. */
export function showText(text, arrays = () => []) {
  starts.clear();
  arraysOf = arrays;
  byId("text").value = text;
  return build();
}

export function listenBuild() {
  follow("numbers", takeBack);
  byId("text").addEventListener("input", () => { arraysOf = () => []; build(); });
  showExamples();
}

function showExamples() {
  byId("examples").replaceChildren(h("span", {}, say("Examples:")), ...Object.entries(EXAMPLES).map(([name, text]) =>
    h("button", { type: "button", class: "link", onclick: () => showText(text) }, say(name))));
}
