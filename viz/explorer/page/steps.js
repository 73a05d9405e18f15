/* Stepping through both passes. */

import { data, made, names, nodes, operands, output } from "./graph.js";
import { last, nodeAt, refresh, seed, state } from "./state.js";
import { byId, h } from "./elements.js";
import { cut, format } from "./numbers.js";
import { phrase, say } from "./words.js";
import { reveal } from "./view.js";
import { before } from "./changes.js";

export function goTo(step) {
  state.step = Math.min(Math.max(step, 0), last);
  state.selected = -1;
  refresh();
  reveal(Math.max(nodeAt(state.step), 0));
}

export function play() {
  const running = state.timer;
  pause();
  if (running) return;
  if (state.step === last) goTo(0);
  state.timer = setInterval(() => {
    goTo(state.step + 1);
    if (state.step === last) pause();
  }, Math.min(Math.max(30000 / last, 80), 800));
  showPlay();
}

export function pause() {
  clearInterval(state.timer);
  state.timer = 0;
  showPlay();
}

export function showPlay() {
  byId("play").querySelector("path").setAttribute("d", state.timer ? "M4 3h3v10H4zM9 3h3v10H9z" : "M4 2.5v11L13 8z");
  byId("play").setAttribute("aria-label", say(state.timer ? "Pause" : "Play"));
}

export function showStep() {
  const i = nodeAt(state.step), name = i < 0 ? "" : h("b", {}, cut(names[i], 60)), slider = byId("step");
  slider.value = state.step;
  const turnNumber = state.step < seed ? state.step : state.step - seed;
  byId("where").replaceChildren(...phrase(
    state.step === 0 ? "Start: the leaves hold their numbers."
    : state.step < seed ? "Forward, {k} of {all}: compute {name} by {op}."
    : state.step === seed ? "Backward begins: the gradient of {name} with respect to itself is 1."
    : operands[i].length === 1 ? "Backward, {k} of {all}: {name} hands its gradient to its operand."
    : "Backward, {k} of {all}: {name} hands its gradient to its operands.", { name, k: turnNumber, all: made.length, op: nodes[i]?.[0] }));
  slider.setAttribute("aria-valuetext", byId("where").textContent);
  byId("first").disabled = byId("back").disabled = state.step === 0;
  byId("last").disabled = byId("next").disabled = state.step === last;
  const change = Number.isFinite(before) ? h("small", {}, ` ${say("was {x}", { x: format(before) })}`) : null;
  byId("loss").replaceChildren(`${cut(names[output], 20)} = ${format(data[output])}`, ...(change ? [change] : []));
}
