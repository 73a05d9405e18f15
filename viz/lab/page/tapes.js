/* Tapes: what Python computed once, repeated by the rows of the table; viz/lab/tapes.py writes them. */

import { rows } from "./table.js";

/** A tape made ready for many numbers at once: a buffer for each place, one more for its gradient. */
export function tapeFor({ inputs, nodes, outputs }, count) {
  const buffer = () => new Float64Array(count);
  const values = [...inputs, ...nodes].map(buffer), grads = [...inputs, ...nodes].map(buffer);
  nodes.forEach(([first], k) => { if (typeof first === "number") values[inputs.length + k].fill(first); });
  const steps = nodes.flatMap(([row, ...places], k) => typeof row === "number" ? [] : [{ rule: rows[row], places, to: inputs.length + k }]);
  return { count, values, grads, steps, place: name => outputs[name], of: name => inputs.indexOf(name) };
}

/** Compute everything from the inputs, which were written into `values`. */
export function runTape({ values, steps, count }) {
  for (const { rule: { forward }, places, to } of steps) {
    const y = values[to], x = values[places[0]], z = values[places[1]];
    if (z) for (let s = 0; s < count; s++) y[s] = forward(x[s], z[s]);
    else for (let s = 0; s < count; s++) y[s] = forward(x[s]);
  }
}

/** The gradient of one output, whose own is 1, with respect to everything. */
export function backTape({ values, grads, steps, count, place }, output) {
  for (const grad of grads) grad.fill(0);
  grads[place(output)].fill(1);
  for (let k = steps.length - 1; k >= 0; k--) {
    const { rule: { partials }, places: [i, j], to } = steps[k], x = values[i], z = values[j], y = values[to], g = grads[to];
    for (let s = 0; s < count; s++) {
      if (z) {
        const [first, second] = partials(x[s], z[s], y[s]);
        grads[i][s] += g[s] * first;
        grads[j][s] += g[s] * second;
      } else grads[i][s] += g[s] * partials(x[s], y[s])[0];
    }
  }
}

/** A tape of single numbers: outputs by name, from inputs in their order. */
export function computed(tape, ...given) {
  const ready = tapeFor(tape, 1);
  given.forEach((x, k) => { ready.values[k][0] = x; });
  runTape(ready);
  return Object.fromEntries(Object.entries(tape.outputs).map(([name, place]) => [name, ready.values[place][0]]));
}
