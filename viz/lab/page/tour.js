/* The guided tour: at each stop a graph, and a number of it to be predicted before it is shown. */

import { known } from "./kept.js";
import { byId, h, write } from "./elements.js";
import { filledIn } from "./words.js";
import { data, differentiate, made, names, output } from "./graph.js";
import { seed, select } from "./state.js";
import { short, typed } from "./numbers.js";
import { rows } from "./table.js";
import { homeAnew } from "./view.js";
import { downhill } from "./changes.js";
import { goTo } from "./steps.js";
import { inOrder } from "./drafting.js";
import { read } from "./reading.js";
import { showText } from "./build.js";
import { enter } from "./rooms.js";
import { note, said } from "./address.js";
import { onLanguage, spokenIn } from "./language.js";
import { STOPS } from "./stops.js";

const NEAR = .01;  // by how much of itself a prediction may miss
const visited = new Set();
export let stop = -1;  // the stop that is shown; -1 for none
let wanted = -1;  // the stop whose graph is on its way
let verdict = () => "";

const words = () => spokenIn().tour;

/** What a text in the graph's names stands for now; a d before a name asks for its gradient. */
export function worth(text) {
  const { grad } = differentiate(made.length), found = new Map();
  const named = label => names.includes(label) ? data[names.indexOf(label)] : grad[names.indexOf(label.slice(1))];
  for (const each of inOrder(read(text).output))
    found.set(each, each.row ? rows[each.row].forward(...each.operands.map(operand => found.get(operand))) : each.label ? named(each.label) : each.number);
  return [...found.values()].at(-1);
}

const isNear = (x, y) => Math.abs(x - y) <= NEAR * Math.abs(y);

/** What was mixed up, if that is known; "" for the right number, undefined for any other. */
export function mixUp(x) {
  const { right, mistakes } = STOPS[stop];
  if (isNear(x, worth(right))) return "";
  return Object.keys(mistakes).find(name => mistakes[name].some(text => isNear(x, worth(text))));
}

/** The arrays of a stop, as viz/explorer/contents.py tells them, with the formulas of a layer. */
function stopArrays(arrays, contents) {
  const { input, first } = known.learning.arrays.identity, order = Object.keys(arrays), plain = name => name.replace("1", "");
  const formula = rule => rule?.factors.every(([name]) => plain(name) in arrays)
    ? { ...rule, plus: null, factors: rule.factors.map(([name, ...rest]) => [order.indexOf(plain(name)), ...rest]) } : null;
  const templates = new Map([...input, ...first].map(each => [plain(each.name), each]));
  return [{ title: "Layer 1", grids: order.map(name => {
    const { index, value, gradient } = templates.get(name), cells = arrays[name];
    return { name, about: "", index, shape: [cells.length, cells[0].length], nodes: cells.flat().map(each => contents.names.indexOf(each)),
      value: formula(value), gradient: formula(gradient) };
  }) }];
}

const withCode = text => text.split("`").map((part, k) => k % 2 ? h("code", {}, part) : part);

function showTour() {
  document.documentElement.toggleAttribute("data-tour", stop >= 0);
  byId("tour").hidden = stop < 0;
  byId("take-tour").setAttribute("aria-pressed", stop >= 0);
  if (stop < 0) return;
  const { stops, words: { place, checked } } = words(), { name } = STOPS[stop];
  write(byId("tour-place"), filledIn(place, { k: stop + 1, all: STOPS.length }).join(""));
  write(byId("tour-title"), stops[name].title);
  byId("tour-text").replaceChildren(...withCode(stops[name].text));
  byId("question").replaceChildren(...withCode(stops[name].question));
  byId("stops").replaceChildren(...STOPS.map((each, k) => h("li", {}, h("button", { type: "button", onclick: () => visit(k), title: stops[each.name].title,
    "aria-label": `${k + 1}: ${stops[each.name].title}${visited.has(k) ? `, ${checked}` : ""}`, "aria-current": k === stop ? "true" : null, class: visited.has(k) ? "done" : "" }, String(k + 1)))));
  byId("tour-back").disabled = stop === 0;
  byId("tour-next").disabled = stop === STOPS.length - 1;
  byId("tour-next").classList.toggle("strong", visited.has(stop) && stop < STOPS.length - 1);
  byId("verdict").className = visited.has(stop) ? "right" : "";
  byId("verdict").replaceChildren(...withCode(verdict()));
}

/** Stand at a stop: its graph as far as the forward pass, and nothing said yet. */
async function visit(k, focus = true) {
  const { text, arrays } = STOPS[k];
  wanted = k;
  enter("apart");
  await showText(text, arrays && (contents => stopArrays(arrays, contents)));
  if (wanted !== k) return;
  stop = k;
  visited.delete(k);
  verdict = () => "";
  byId("answer").value = "";
  note({ tour: String(k + 1) });
  showTour();
  goTo(seed - 1);
  select(-1);
  requestAnimationFrame(homeAnew);
  if (focus) byId("answer").focus({ preventScroll: true });
}

export function leaveTour() {
  stop = wanted = -1;
  note({ tour: "" });
  showTour();
}

function check(event) {
  event.preventDefault();
  const x = typed(byId("answer").value), mistake = Number.isFinite(x) ? mixUp(x) : undefined, { name, of } = STOPS[stop];
  const fill = text => filledIn(text, { said: short(x), x: of, y: names[output] }).join("");
  if (mistake === "") return uncover();
  verdict = () => !Number.isFinite(x) ? words().words.unread : mistake ? fill(words().mistakes[mistake]) : words().stops[name].hint;
  showTour();
}

/** Show what was asked: the gradient and its path, or the step that was made. */
function uncover(predicted = true) {
  const { name, of, right, rate } = STOPS[stop], number = short(worth(right));
  visited.add(stop);
  verdict = () => `${predicted ? "✓" : filledIn(words().words.shown, { right: number }).join("")} ${words().stops[name].right}`;
  if (rate) {
    byId("rate").value = rate;
    downhill();
  }
  goTo(Infinity);
  select(names.indexOf(of));
  showTour();
  byId(stop === STOPS.length - 1 ? "tour-end" : "tour-next").focus({ preventScroll: true });
}

/** Take the stop from the address. */
export function restoreTour() {
  const k = Math.trunc(Number(said("tour"))) - 1;
  if (STOPS[k]) return visit(k, false);
  if (stop >= 0) leaveTour();
}

export function listenTour() {
  byId("take-tour").addEventListener("click", () => stop < 0 ? visit(0) : leaveTour());
  byId("tour-end").addEventListener("click", leaveTour);
  byId("tour-back").addEventListener("click", () => visit(stop - 1));
  byId("tour-next").addEventListener("click", () => visit(stop + 1));
  byId("tour-show").addEventListener("click", () => uncover(false));
  byId("prediction").addEventListener("submit", check);
  onLanguage(showTour);
}
