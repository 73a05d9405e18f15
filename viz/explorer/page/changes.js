/* Changing numbers. */

import { broken, data, differentiate, evaluate, kinds, leaves, made, names, nodes, operands, output } from "./graph.js";
import { refresh } from "./state.js";
import { byId, h } from "./elements.js";
import { cut, short, typed } from "./numbers.js";
import { say } from "./words.js";

let good = new Float64Array(0);  // the latest leaves that everything could be computed from
let past = [], latest = { what: "", until: 0 };  // the numbers before each change, and which the latest was
let alarmed = { tell: () => "", remedy: null };  // what is told of a number, and what takes it back
let movable = [];  // the leaves that learning moves: parameters, or without any the inputs, or every leaf
export let before = NaN;  // the output before the latest step downhill

/** Forget the changes of the graph before. */
export function unchanged() {
  good = Float64Array.from(leaves, i => data[i]);
  movable = ["parameter", "input"].map(kind => leaves.filter(i => kinds[i] === kind)).find(each => each.length) ?? leaves;
  before = NaN;
  past = [];
  latest = { what: "", until: 0 };
  showPast();
  alarm(complaint);
}

/** Give leaves new numbers, [[node, number], …]; everything that depends on them follows. */
export function setLeaves(pairs) {
  const changed = pairs.filter(([i, x]) => data[i] !== x);
  if (changed.length) remember(changed.map(([i]) => i).join(" "));
  put(changed);
}

/** Keep the numbers there were; a change that goes on, as dragging does, is one change. */
function remember(what) {
  const now = performance.now();
  if (what !== latest.what || now > latest.until) past.push(leaves.map(i => data[i]));
  if (past.length > 200) past.shift();
  latest = { what, until: now + 1000 };
  showPast();
}

const showPast = () => { byId("undo").disabled = !past.length; };

/** Take the latest change back. */
export function undoChange() {
  const numbers = past.pop();
  latest = { what: "", until: 0 };
  showPast();
  if (numbers) put(leaves.map((i, k) => [i, numbers[k]]).filter(([i, x]) => data[i] !== x));
}

function put(changed) {
  for (const [i, x] of changed) data[i] = x;
  evaluate(changed.map(([i]) => i));
  refresh();
  if (broken() === undefined) good = Float64Array.from(leaves, i => data[i]);
  alarm(complaint, undo);
}

/** Which operation has no finite result, and why; "" where all have one. */
function complaint() {
  const i = broken();
  if (i === undefined) return "";
  const numbers = operands[i].map(j => kinds[j] === "constant" ? short(data[j]) : `${cut(names[j], 40)} = ${short(data[j])}`);
  const called = { call: `${nodes[i][0]}(${numbers.join(", ")})` };
  const what = Number.isNaN(data[i]) ? say("{call} is outside its domain.", called) : say("{call} has no finite value.", called);
  return `${what} ${say("What depends on it shows “–” or “∞” until you change the numbers.")}`;
}

/** Tell what is wrong with a number, or that nothing is.

    @param {() => string} tell it in the language of the moment; "" for nothing
    @param {(() => void) | null} remedy takes it back */
export function alarm(tell, remedy = null) {
  alarmed = { tell, remedy };
  tellAlarm();
}

/** Tell it anew. */
export function tellAlarm() {
  const box = byId("alert"), { tell, remedy } = alarmed, text = tell();
  box.hidden = !text;
  box.replaceChildren(text, ...(text && remedy ? [h("button", { type: "button", onclick: remedy }, say("Undo"))] : []));
}

const undo = () => setLeaves(leaves.map((i, k) => [i, good[k]]));

export function reset() {
  before = NaN;
  setLeaves(leaves.map(i => [i, nodes[i][0]]));
}

export function downhill() {
  const rate = typed(byId("rate").value), { grad } = differentiate(made.length);
  byId("rate").setAttribute("aria-invalid", !Number.isFinite(rate));
  if (!Number.isFinite(rate)) return alarm(() => say("The learning rate is a number such as 0.1."));
  const moved = movable.map(i => [i, data[i] - rate * grad[i]]);
  if (!moved.every(([, x]) => Number.isFinite(x))) return alarm(() => say("There is no finite gradient to follow from here."), undo);
  before = data[output];
  setLeaves(moved);
}

let pending = null;
/** Run the latest of several changes before the next frame. */
export function soon(change) {
  if (!pending) requestAnimationFrame(() => { const run = pending; pending = null; run(); });
  pending = change;
}
