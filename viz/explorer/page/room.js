/* The room of one graph: who follows which change, what is listened to, and what a new graph brings. */

import { kinds, leaves, load, made, nodes, numbered, pictures, unlifted } from "./graph.js";
import { begin, follow, last, point, select, state } from "./state.js";
import { byId, h, svg, write } from "./elements.js";
import { cut, plural } from "./numbers.js";
import { say } from "./words.js";
import { spoken } from "./cards.js";
import { at, fit, isReadable, look, measuredAnew, picture, printing, view, zoom } from "./view.js";
import { drawAnew, markWaiting, showFlow, showPicture, writeCards } from "./picture.js";
import { downhill, reset, tellAlarm, unchanged, undoChange } from "./changes.js";
import { pointerDown, pointerMove, pointerUp } from "./pointers.js";
import { walk } from "./walking.js";
import { goTo, pause, play, showPlay, showStep } from "./steps.js";
import { panel, showNode } from "./panel.js";
import { buildArrays, writeGrids } from "./arrays.js";
import { light } from "./light.js";
import { nextMatch, search } from "./search.js";
import { save, savePng } from "./saving.js";
import { layOutSheets } from "./sheets.js";

export let firstShown = null;  // the picture with which the graph was opened

for (const show of [showLength, showLevels, buildArrays, showLegend, unchanged]) follow("graph", show);
follow("numbers", markWaiting);
follow("numbers view", writeCards);
follow("numbers", () => writeGrids());
follow("numbers selection light", showFlow);
follow("numbers", showStep);
follow("numbers selection", showNode);
follow("numbers selection light", light);

export function keys(event) {
  if ((event.ctrlKey || event.metaKey) && event.key === "z" && !event.target.matches("input, textarea, select")) {
    event.preventDefault();
    return undoChange();
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const action = {
    ArrowLeft: () => goTo(state.step - 1), ArrowRight: () => goTo(state.step + 1), Home: () => goTo(0), End: () => goTo(last),
    "+": () => zoom(.8), "-": () => zoom(1.25), "0": fit, "/": () => byId("query").focus(), Escape: () => select(-1),
    " ": event.target === document.body ? play : null,
  }[event.key];
  if (!action || event.target.matches("input")) return;
  event.preventDefault();
  if (event.key.startsWith("Arrow")) pause();
  action();
}

/** Show a graph, as contents.py tells it, in place of the one there was. */
export function openGraph(contents) {
  pause();
  load(contents);
  begin();
  measuredAnew();
  showPicture(firstShown = pictures.find(isReadable) ?? pictures.at(-1));
}

/** Offer a picture that came later than the others; scalars stand first. */
export function addPicture(picture) {
  pictures[picture.level === "Scalars" ? "unshift" : "push"](numbered(picture));
  showLevel();
}

/** Which of the levels is shown. */
function showLevel() {
  showLevels();
  const shown = pictures.indexOf(state.picture.base ?? state.picture);
  [...byId("levels").children].forEach((button, k) => button.setAttribute("aria-pressed", k === shown));
}

/** Say anew all that is said in the room, and show what is shown. */
export function sayAnew() {
  saySummary();
  showLevel();
  showLegend();
  showPlay();
  tellAlarm();
  panel.leaf = -1;
  buildArrays();
  drawAnew();
  search();
}

/** What a level folds; "" for scalars, where nothing is. */
const foldedBy = level => ({
  Neurons: say("a card for each neuron"), Layers: say("a card for each layer's array"),
  Formulas: say("a card for each formula found in the graph"),
  Lines: say("a card for each line that is typed; formulas are found in graphs that come from Python"),
})[level] ?? "";

function showLevels() {
  byId("levels").hidden = pictures.length < 2;
  byId("levels").replaceChildren(...pictures.map(each =>
    h("button", { type: "button", title: foldedBy(each.level), onclick: () => { showPicture(each); search(); } }, say(each.level))));
}

function showLength() {
  byId("step").max = last;
  panel.leaf = -1;
  saySummary();
}

function saySummary() {
  const [first] = pictures, found = pictures.at(-1), folded = !first || first.level === "Scalars" ? ""
    : say("; folded into {n} cards by {what}, which open in their place", { n: found.cards.length, what: { Formulas: say("the formulas found in it"), Lines: say("the lines that are typed") }[found.level] ?? say("what it is computed from") });
  const why = unlifted ? say("; no formulas are found in it: {why}", { why: cut(unlifted, 120) }) : "";
  write(byId("summary"), `${plural(nodes.length, "node")}: ${plural(leaves.length, "leaf", "leaves")}, ${plural(made.length, "operation")}${folded}${why}`);
}

function showLegend() {
  const [x, y, width, height] = [3, 4, 17, 10];
  const sample = kind => svg("svg", { class: kind, viewBox: "0 0 24 17", "aria-hidden": "true" },
    kind === "parameter" && svg("path", { class: "shape", d: `M${x} ${y}l3-3h${width}v${height}l-3 3z` }) || null,
    svg("rect", { class: "shape", x, y, width, height, rx: kind === "result" || kind === "output" ? 4 : 0 }));
  byId("legend").replaceChildren(...[...new Set(kinds)].map(kind => h("li", {}, sample(kind), say(kind))));
}

/** Listen to the room's own parts; keys are left to the page. */
export function listen() {
  byId("node").append(panel.head, panel.editor, panel.body);
  for (const [id, action] of Object.entries({
    first: () => goTo(0), back: () => goTo(state.step - 1), next: () => goTo(state.step + 1), last: () => goTo(last),
    closer: () => zoom(.8), farther: () => zoom(1.25), fit, save, "save-png": savePng, reset, undo: undoChange,
  })) byId(id).addEventListener("click", () => { if (!["closer", "farther", "fit", "save", "save-png"].includes(id)) pause(); action(); });
  byId("play").addEventListener("click", play);
  byId("step").addEventListener("input", () => { pause(); goTo(Number(byId("step").value)); });
  byId("downhill").addEventListener("submit", event => { event.preventDefault(); downhill(); });
  byId("query").addEventListener("input", search);
  byId("search").addEventListener("submit", nextMatch);
  picture.addEventListener("pointerdown", pointerDown);
  picture.addEventListener("pointermove", pointerMove);
  for (const name of ["pointerup", "pointercancel"]) picture.addEventListener(name, pointerUp);
  picture.addEventListener("pointerleave", () => point(-1));
  picture.addEventListener("wheel", event => { event.preventDefault(); zoom(Math.exp(event.deltaY * .0015), ...at(event)); }, { passive: false });
  picture.addEventListener("keydown", walk);
  picture.addEventListener("focusin", event => {
    const drawing = state.picture.drawings[event.target.closest("[data-card]")?.dataset.card];
    if (drawing) { drawing.root.setAttribute("aria-label", spoken(drawing)); point(drawing.card.values[0] ?? -1); }
  });
  let before = null;  // where one looked
  const print = () => {
    if (!state.picture) return;
    before ??= { ...view };
    const [width, height] = state.picture.size;
    picture.style.setProperty("--shape", `${width + 48} / ${height + 48}`);
    picture.style.setProperty("--tall", `${Math.round(1.25 * (height + 48))}px`);
    measuredAnew();
    fit();
    layOutSheets(before);
    writeGrids(true);
  };
  const printed = () => {
    if (!before) return;
    const { x, y, width, height } = before;
    before = null;
    picture.setAttribute("viewBox", `${x} ${y} ${width} ${height}`);  // by which a frame of no fixed height is measured
    measuredAnew();
    look(x, y, width);
  };
  printing.addEventListener("change", () => printing.matches ? print() : printed());
  addEventListener("beforeprint", print);
  addEventListener("afterprint", printed);
  new ResizeObserver(() => {
    if (printing.matches) return;  // on paper another size is no change of where one looks
    measuredAnew();
    if (state.picture) look(view.x, view.y, view.width);
  }).observe(picture);
}
