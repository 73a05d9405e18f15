/* A second run: the same data, seed and order of samples, and all choices but one. */

import { known } from "./kept.js";
import { byId, h, write } from "./elements.js";
import { cut, short, typed } from "./numbers.js";
import { say } from "./words.js";
import { note, said } from "./address.js";
import { drawData } from "./charts.js";
import { accuracy, lossSuits, newTraining, trainStep } from "./training.js";

const LISTED = { activation: known.learning.activations, loss: known.learning.losses, init: known.learning.initialisers, optimizer: known.learning.optimizers };
const layersOf = text => text === "none" ? [] : text.split("-").map(Number);
let typedChoices = {};  // of what is typed: by name what it is, and whether a value is that
let differing = { name: "", text: "" }, again = () => {}, lacking = () => "";  // lacking: why there is none
export let rival = null;

const spelled = value => [value].flat().join("-") || "none";
export const spaced = text => text.replaceAll("_", " ");

/** What something that comes with the page is called in the language that is spoken. */
export const worded = text => say(spaced(text));

/** Write a sentence in two parts, between which a line may end. */
export const writeParts = (element, parts) => parts.forEach((part, k) => write(element.children[k], part));

/** A text as a value of a choice; undefined where it is none. */
function choiceOf(name, text, data) {
  if (Object.hasOwn(LISTED, name)) return Object.hasOwn(LISTED[name], text) && (name !== "loss" || lossSuits(data, text)) ? text : undefined;
  const value = name === "hidden" ? layersOf(text) : typed(text);
  return typedChoices[name]?.suits(value) ? value : undefined;
}

/** Begin the second run anew beside the first. */
export function beginRival({ data, choice }) {
  const { name, text } = differing, value = name ? choiceOf(name, text, data) : undefined;
  rival = value === undefined || spelled(value) === spelled(choice[name]) ? null : newTraining(data, { ...choice, [name]: value });
  lacking = () => !name || rival ? "" : value === undefined ? say("{name} is {what}", { name: worded(name), what: say(typedChoices[name]?.is ?? "none that suits these data") }) : say("nothing differs yet");
  write(byId("second-said"), lacking());
  byId("rival-figure").hidden = !rival;
  note({ c: rival ? `${name}:${spelled(value)}` : "" });
}

/** Let the second run see as many samples as the first has. */
export function followRival({ epoch, seen }) {
  while (rival && !rival.diverged && (rival.epoch < epoch || rival.epoch === epoch && rival.seen < seen)) trainStep(rival);
}

/** What the second run is, for a caption; "" where there is none. */
export const rivalSaid = () => rival ? `${worded(differing.name)} ${worded(spelled(rival.choice[differing.name]).replaceAll("-", ", "))}` : "";

export function showRival(axes, moving) {
  if (!rival) return;
  drawData(byId("rival-boundary"), rival, axes, moving);
  const { curve, diverged, data } = rival, measured = data.classes.length && !moving ? say(", {x} % right", { x: Math.round(1000 * accuracy(rival)) / 10 }) : "";
  writeParts(byId("rival-said"), diverged ? [cut(diverged, 80), ""] : curve.length ? [`${rivalSaid()}:`, `J = ${short(curve.at(-1))}${measured}`] : [`${rivalSaid()}${measured}`, ""]);
}

/** In what the second run differs, and the field in which its value is chosen. */
export function showDiffering() {
  for (const each of byId("differs").options) each.textContent = each.value ? worded(each.value) : say("nothing: one run");
  const choose = ({ target }) => { differing.text = target.value; again(); };
  const { name, text } = differing, attributes = { id: "differs-value", "aria-label": say("Value of the second run") };
  byId("differs-by").hidden = !name;
  write(byId("second-said"), lacking());
  byId("differs-field").replaceChildren(...(!name ? [] : Object.hasOwn(LISTED, name)
    ? [h("select", { ...attributes, onchange: choose }, ...Object.keys(LISTED[name]).map(each => h("option", { value: each, selected: each === text }, worded(each))))]
    : [h("input", { ...attributes, value: text, autocomplete: "off", size: 7, oninput: choose })]));
}

/** Choose in what the second run differs.

    @param {() => any} of the first run now
    @param {object} fields what may be typed, by name: `is` and `suits`
    @param {() => void} begin begins both runs anew */
export function listenRival(of, fields, begin) {
  [typedChoices, again] = [fields, begin];
  byId("differs").append(...["", ...Object.keys(LISTED), ...Object.keys(fields)].map(name => h("option", { value: name })));
  byId("differs").addEventListener("change", ({ target }) => {
    const { choice, data } = of(), name = target.value;
    const other = Object.hasOwn(LISTED, name) ? Object.keys(LISTED[name]).find(each => each !== choice[name] && (name !== "loss" || lossSuits(data, each))) : name === "seed" ? String(choice.seed + 1)
      : name === "rate" ? String(Number((choice.rate * 4).toPrecision(6))) : name ? spelled(choice[name]) : "";
    differing = { name, text: other ?? "" };
    showDiffering();
    again();
  });
}

/** Take the second run from the address. */
export function restoreRival() {
  const [name = "", text = ""] = said("c").split(":");
  differing = Object.hasOwn(LISTED, name) || Object.hasOwn(typedChoices, name) ? { name, text } : { name: "", text: "" };
  byId("differs").value = differing.name;
  showDiffering();
}
