/* Train: a network is chosen, trained while one watches, and stopped at any step. */

import { known } from "./kept.js";
import { byId, h, write } from "./elements.js";
import { cut, short, typed } from "./numbers.js";
import { say } from "./words.js";
import { note, said } from "./address.js";
import { leaveBuild } from "./build.js";
import { openGraph } from "./room.js";
import { enter } from "./rooms.js";
import { unfolded } from "./unfolding.js";
import { drawCurve, drawData, drawLayers, layerFigures } from "./charts.js";
import { beginRival, followRival, listenRival, restoreRival, rival, rivalSaid, showRival, spaced, worded, writeParts } from "./rival.js";
import { readTable, textOf, Unfit } from "./table_file.js";
import { accuracy, differentiateOn, lossSuits, newTraining, nextBatch, outputsFor, trainStep, trouble } from "./training.js";

const { activations, losses, optimizers, initialisers } = known.learning, DATA = known.learning.data;
const OWN = "your own";
const MOST_LAYERS = 5, MOST_UNITS = 32, MOST_SEED = 2 ** 31;
const MOST_REPEATED = 20000;  // steps that a link has the page make, or taking a change back
const MOST_UNDONE = 100;  // changes that can be taken back
const BUDGET = 10;  // milliseconds of a frame for steps; the rest is for drawing
const NUMBERS = {  // fields to type in: what they take, and the least and the most of it
  seed: { is: "a whole number", whole: true, least: 0, most: MOST_SEED },
  rate: { is: "a positive number", least: 1e-12, most: 1e3 },
  batch: { is: "a whole number; 0 is all samples", whole: true, least: 0, most: 1e6 },
  penalty: { is: "0 or more", least: 0, most: 1e3 },
};
const LISTS = { data: DATA, activation: activations, loss: losses, init: initialisers, optimizer: optimizers };
const USUAL = known.learning.usual;
const KEYS = { data: "d", hidden: "h", activation: "a", loss: "l", init: "i", seed: "s", optimizer: "o", rate: "r", batch: "m", penalty: "q" };
const counted = (n, one, many) => say(n === 1 ? one : many, { n });

let choice = { ...USUAL }, running = false, previous = { curve: [], said: "" };
let earlier = [], latestChoice = { name: "", until: 0 };  // the choices before each change with the steps that were made, and which the latest was
let choiceSaid = () => "", fileSaid = () => say("a CSV file, dropped here, too; it stays in this page");
let right = 0, measuredAt = 0;  // the share of samples that are told right, and when it was measured
export let training = null;

/** Begin anew with the choices; a run that differs in one of them, and came to something, stays as a pale curve. */
function beginTraining(changed = {}, isRemembered = true) {
  const old = training, next = { ...choice, ...changed };
  if (!lossSuits(DATA[next.data], next.loss)) next.loss = Object.keys(losses).find(loss => lossSuits(DATA[next.data], loss));
  const differing = Object.keys(next).filter(name => String(next[name]) !== String(choice[name]));
  if (old && differing.length && isRemembered) rememberChoice(differing.join(" "), old);
  if (old?.curve.length && differing.length === 1 && differing[0] !== "data" && !trouble(old))
    previous = { curve: old.curve, said: `${say("pale")}: ${worded(differing[0])} ${worded(String(choice[differing[0]]).replaceAll(",", ", "))}` };
  else if (differing.length) previous = { curve: [], said: "" };
  choice = next;
  training = newTraining(DATA[choice.data], choice);
  warn("");
  differentiateOn(training, nextBatch(training));
  beginRival(training);
  showNetwork();
  note({ t: "" });
  note(Object.fromEntries(Object.entries(KEYS).map(([name, key]) => [key, String(choice[name]) === String(USUAL[name]) ? "" : [choice[name]].flat().join("-") || "none"])));
}

/** Keep the choices there were; a number that is typed digit by digit is one change. */
function rememberChoice(name, { choice, steps }) {
  const now = performance.now();
  if (name !== latestChoice.name || steps && now > latestChoice.until) earlier.push({ choice, steps });
  if (earlier.length > MOST_UNDONE) earlier.shift();
  latestChoice = { name, until: now + 1000 };
}

/** Take the latest change of a choice back, and make the steps again that had been made before it. */
export function undoChoice() {
  const before = earlier.pop();
  if (!before) return;
  pauseTraining();
  latestChoice = { name: "", until: 0 };
  beginTraining(before.choice, false);
  repeated(Math.min(before.steps, MOST_REPEATED));
}

/** Say anew what is said in the room. */
export function sayTrain() {
  showRunning();
  write(byId("choice-said"), choiceSaid());
  write(byId("file-said"), fileSaid());
  showNetwork();
}

/** Show the network that was chosen, and how far it has come. */
function showNetwork() {
  if (!training) return;
  byId("layers-shown").replaceChildren(...layerFigures(training));
  showChoices();
  showTraining();
}

function showChoices() {
  for (const name of Object.keys(LISTS)) {
    for (const each of byId(`choose-${name}`).options) each.textContent = worded(each.value);
    byId(`choose-${name}`).value = choice[name];
  }
  for (const each of byId("choose-loss").options) each.disabled = !lossSuits(DATA[choice.data], each.value);
  for (const name of Object.keys(NUMBERS)) if (byId(`choose-${name}`) !== document.activeElement) byId(`choose-${name}`).value = choice[name];
  const { X } = DATA[choice.data], outputs = outputsFor(DATA[choice.data], choice.loss);
  const button = (text, label, action, disabled = false) => h("button", { type: "button", "aria-label": label, title: label, onclick: action, disabled }, text);
  const resized = (l, by) => () => beginTraining({ hidden: choice.hidden.map((units, k) => k === l ? units + by : units) });
  byId("layers").replaceChildren(
    h("li", {}, counted(X.length, "{n} input", "{n} inputs")),
    ...choice.hidden.map((units, l) => h("li", {}, button("−", say("One unit fewer in layer {l}", { l: l + 1 }), resized(l, -1), units === 1), h("span", {}, counted(units, "{n} unit", "{n} units")),
      button("+", say("One unit more in layer {l}", { l: l + 1 }), resized(l, 1), units === MOST_UNITS), button("×", say("Remove layer {l}", { l: l + 1 }), () => beginTraining({ hidden: choice.hidden.filter((_, k) => k !== l) })))),
    h("li", {}, button(say("+ layer"), say("Add a layer"), () => beginTraining({ hidden: [...choice.hidden, choice.hidden.at(-1) ?? 8] }), choice.hidden.length === MOST_LAYERS), h("span", {}, counted(outputs, "{n} output", "{n} outputs"))));
}

export function showTraining() {
  if (!training || document.documentElement.dataset.room !== "train") return;
  const { data, curve, steps, epoch, X } = training;
  const [across, up] = X.length > 3 ? [2, 3] : [0, 1];  // of iris these tell the classes apart
  drawData(byId("boundary"), training, [across, up], running);
  showRival([across, up], running);
  rival ? drawCurve(byId("curve"), curve, rival.curve, "--output-line") : drawCurve(byId("curve"), curve, previous.curve);
  drawLayers(training);
  if (!running || performance.now() > measuredAt + 200) [right, measuredAt] = [data.classes.length ? accuracy(training) : 0, performance.now()];
  const measured = data.classes.length ? say(", {x} % right", { x: Math.round(1000 * right) / 10 }) : "";
  const far = say("step {steps}, epoch {epoch}", { steps: steps.toLocaleString("en"), epoch: epoch.toLocaleString("en") });
  writeParts(byId("progress"), curve.length ? [`${far}:`, `J = ${short(curve.at(-1))}${measured}`] : [`${far}${measured}`, ""]);
  write(byId("curve-said"), `${say("J after each epoch")}${rival ? `; ${say("orange")}: ${rivalSaid()}` : previous.said ? `; ${previous.said}` : ""}`);
  const wordOf = choice.data === OWN ? text => spaced(cut(text, 20)) : worded;  // a reader's own words stay
  const axes = X.length > 2 ? say(" in {x} and {y}, the others at their mean", { x: wordOf(data.features[across]), y: wordOf(data.features[up]) }) : "";
  write(byId("data-said"), data.classes.length ? `${data.classes.map(wordOf).join(", ")}${axes}` : `${say("the samples and what was learnt")}${axes}`);
  warn(trouble(training));
}

/** Say what is wrong with the run, beside a button that takes the latest change back. */
function warn(text) {
  const box = byId("train-alert"), parts = [text, ...(text && earlier.length ? [say("Undo")] : [])];
  box.hidden = !text;
  if (box.textContent === parts.join("")) return;  // a button that is being pressed stays
  box.replaceChildren(text, ...parts.slice(1).map(each => h("button", { type: "button", onclick: undoChoice }, each)));
}

/** Go on for a frame: some steps, and then what they look like. */
function frame() {
  if (!running) return;
  const wanted = 2 ** Number(byId("speed").value), begun = performance.now();
  for (let k = 0; k < wanted && performance.now() - begun < BUDGET && !training.diverged; k++) {
    trainStep(training);
    followRival(training);
  }
  showTraining();
  training.diverged || document.documentElement.dataset.room !== "train" ? pauseTraining() : requestAnimationFrame(frame);
}

export function playTraining() {
  if (running) return pauseTraining();
  running = true;
  showRunning();
  requestAnimationFrame(frame);
}

export function pauseTraining() {
  if (running) requestAnimationFrame(showTraining);  // once more, and finer
  running = false;
  showRunning();
  if (training) note({ t: training.steps ? String(training.steps) : "" });
}

function showRunning() {
  byId("train-play").textContent = say(running ? "Pause" : "Play");
}

/** One step, or the steps to the end of the epoch. */
export function advanceTraining(whole) {
  pauseTraining();
  const { epoch } = training;
  do trainStep(training), followRival(training); while (whole && training.epoch === epoch && !training.diverged);
  showTraining();
  note({ t: String(training.steps) });
}

let apart = null;  // of the step that was taken apart: its number, samples, and those of its batch

/** Say which step of training it is whose graph is shown. */
export function sayApart() {
  if (said("g") !== "training" || !apart) return;
  const { samples, batch } = apart, which = samples === batch ? say("Step {step} of training, its batch of {batch}", apart)
    : samples > 1 ? say("Step {step} of training, the first {samples} of the {batch} samples of its batch", apart)
    : say("Step {step} of training, the first of the {batch} samples of its batch", apart);
  write(byId("apart-said"), which + (samples > 1 ? say(": J is their mean loss") : ""));
}

/** Show the graph of the step that comes next in the room where graphs are taken apart. */
export async function dissect() {
  pauseTraining();
  leaveBuild();
  byId("dissect").disabled = true;
  try {
    const contents = await unfolded(training);
    if (!contents) return;
    note({ g: "training" });
    enter("apart");
    openGraph(contents);
    apart = { step: training.steps + 1, samples: contents.samples, batch: contents.batch };
    sayApart();
  } finally {
    byId("dissect").disabled = false;
  }
}

function sayOfChoice(tell) {
  choiceSaid = tell;
  write(byId("choice-said"), tell());
}

function sayOfFile(name, tell) {
  fileSaid = () => `${cut(name, 40)}: ${tell()}`;
  write(byId("file-said"), fileSaid());
}

function changeNumber(name, field) {
  const x = typed(field.value), { is, whole, least, most } = NUMBERS[name], wrong = !(x >= least && x <= most) || (whole && !Number.isInteger(x));
  field.setAttribute("aria-invalid", wrong);
  sayOfChoice(() => wrong ? say("{name} is {what}", { name: worded(name), what: say(is) }) : "");
  if (!wrong && x !== choice[name]) beginTraining({ [name]: x });
}

/** Learn from a table of the reader's own, which stays in the page. */
async function takeFile(file) {
  if (!file) return;
  try {
    const { remark, ...own } = readTable(await textOf(file));
    DATA[OWN] = own;
    if (![...byId("choose-data").options].some(({ value }) => value === OWN)) byId("choose-data").append(h("option", { value: OWN }));
    pauseTraining();
    beginTraining({ data: OWN });
    sayOfFile(file.name, remark);
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    sayOfFile(file.name, error.tell);
  }
}

const isNetwork = units => units.length <= MOST_LAYERS && units.every(each => Number.isInteger(each) && each >= 1 && each <= MOST_UNITS);
const listed = (name, text) => Object.hasOwn(LISTS[name], text) ? text : USUAL[name];

/** Take the choices from the address; what means nothing there is as usual. */
export function restoreTrain() {
  const units = said(KEYS.hidden, USUAL.hidden.join("-")).split("-").map(Number).filter(each => Number.isInteger(each) && each >= 1 && each <= MOST_UNITS);
  const lists = Object.fromEntries(Object.keys(LISTS).map(name => [name, listed(name, said(KEYS[name], USUAL[name]))]));
  const numbers = Object.fromEntries(Object.entries(NUMBERS).map(([name, { whole, least, most }]) => {
    const x = Number(said(KEYS[name], String(USUAL[name])));
    return [name, x >= least && x <= most && (!whole || Number.isInteger(x)) ? x : USUAL[name]];
  }));
  const steps = Math.min(Number(said("t")) || 0, MOST_REPEATED);
  pauseTraining();
  restoreRival();
  [training, previous, earlier] = [null, { curve: [], said: "" }, []];
  for (const name of Object.keys(NUMBERS)) byId(`choose-${name}`).removeAttribute("aria-invalid");
  sayOfChoice(() => "");
  beginTraining({ ...lists, ...numbers, hidden: units.slice(0, MOST_LAYERS) });
  return repeated(steps);
}

/** Train so many steps, as a link says; the page stays awake meanwhile. */
async function repeated(steps) {
  const own = training;
  while (own === training && own.steps < steps && !own.diverged) {
    for (const until = performance.now() + BUDGET * 4; own.steps < steps && performance.now() < until && !own.diverged;) {
      trainStep(own);
      followRival(own);
    }
    await new Promise(done => setTimeout(done));
  }
  showTraining();
  if (steps) note({ t: String(own.steps) });
}

export function listenTrain() {
  for (const [name, list] of Object.entries(LISTS)) {
    byId(`choose-${name}`).append(...Object.keys(list).map(each => h("option", { value: each })));
    byId(`choose-${name}`).addEventListener("change", ({ target }) => beginTraining(name === "optimizer" ? { optimizer: target.value, rate: optimizers[target.value].rate } : { [name]: target.value }));
  }
  /** @type {(field: any) => (x: number) => boolean} */
  const suits = ({ whole, least, most }) => x => x >= least && x <= most && (!whole || Number.isInteger(x));
  const fields = Object.fromEntries(Object.entries(NUMBERS).map(([name, field]) => [name, { is: field.is, suits: suits(field) }]));
  listenRival(() => training, { hidden: { is: "units of each layer, as in 8-8", suits: isNetwork }, ...fields }, () => { pauseTraining(); beginTraining(); });
  for (const name of Object.keys(NUMBERS)) byId(`choose-${name}`).addEventListener("input", ({ target }) => changeNumber(name, target));
  byId("train-play").addEventListener("click", playTraining);
  byId("train-step").addEventListener("click", () => advanceTraining(false));
  byId("train-epoch").addEventListener("click", () => advanceTraining(true));
  byId("file").addEventListener("change", ({ target }) => { takeFile(target.files[0]); target.value = ""; });
  byId("train").addEventListener("dragover", event => event.preventDefault());
  byId("train").addEventListener("drop", event => { event.preventDefault(); takeFile(event.dataTransfer.files[0]); });
  byId("dissect").addEventListener("click", dissect);
  byId("train-again").addEventListener("click", () => { pauseTraining(); beginTraining(); });
  new ResizeObserver(() => training && showTraining()).observe(byId("boundary"));
}
