/* A network as matrices: the formulas of nn/model/matrix.py, with g by the rows of the table. Columns are samples. */

import { known } from "./kept.js";
import { rows } from "./table.js";
import { Generator } from "./chance.js";
import { computed } from "./tapes.js";

const zeros = (count, m) => Array.from({ length: count }, () => new Float64Array(m));

/** A new network, as MLP(n, sizes, activation, seed=seed, init=init) makes one.

    @param {number[]} sizes of the input and of each layer */
export function makeNetwork(sizes, activation, seed, init) {
  const random = new Generator(seed), { draws, tape } = known.learning.initialisers[init];
  const count = sizes.slice(1).reduce((all, rowsOf, l) => all + rowsOf * (sizes[l] + 1), 0), params = new Float64Array(count);
  let at = 0;
  const layers = sizes.slice(1).map((neurons, l) => {
    const n = sizes[l], W = params.subarray(at, at + neurons * n), b = params.subarray(at + neurons * n, at + neurons * (n + 1));
    const spread = draws ? computed(tape, n, neurons) : null;
    for (let k = 0; draws && k < W.length; k++) W[k] = random[draws](spread.first, spread.second);
    at += neurons * (n + 1);
    return { n, neurons, W, b, at: at - neurons * (n + 1), g: l + 2 < sizes.length ? known.learning.activations[activation] : [] };
  });
  return { sizes, activation, layers, params, grads: new Float64Array(count) };
}

/** Z and A of every layer for inputs X, an array a row. */
export function forwardPass({ layers }, X) {
  const m = X[0].length, Z = [X], A = [X];
  for (const { n, neurons, W, b, g: [row, ...further] } of layers) {
    const before = A.at(-1), z = zeros(neurons, m), a = row ? zeros(neurons, m) : z;
    for (let i = 0; i < neurons; i++) {
      const sum = z[i].fill(b[i]);
      for (let j = 0; j < n; j++) {
        const w = W[i * n + j], x = before[j];
        for (let s = 0; s < m; s++) sum[s] += w * x[s];
      }
      if (row) for (let s = 0, { forward } = rows[row]; s < m; s++) a[i][s] = forward(sum[s], ...further);
    }
    Z.push(z);
    A.push(a);
  }
  return { Z, A, m };
}

/** The gradients of all parameters, from those of the outputs, dA; those of each Z are kept, too. */
export function backwardPass({ layers, grads }, { Z, A, m }, dA) {
  const dZs = [];
  for (let l = layers.length; l > 0; l--) {
    const { n, neurons, W, at, g: [row, ...further] } = layers[l - 1], dZ = zeros(neurons, m), before = zeros(n, m);
    for (let i = 0; i < neurons; i++) {
      const z = Z[l][i], a = A[l][i], d = dZ[i];
      if (row) for (let s = 0, { partials } = rows[row]; s < m; s++) d[s] = dA[i][s] * partials(z[s], ...further, a[s])[0];
      else d.set(dA[i]);
      let bias = 0;
      for (let s = 0; s < m; s++) bias += d[s];
      grads[at + neurons * n + i] = bias;
      for (let j = 0; j < n; j++) {
        const x = A[l - 1][j], to = before[j], w = W[i * n + j];
        let sum = 0;
        for (let s = 0; s < m; s++) {
          sum += d[s] * x[s];
          to[s] += w * d[s];
        }
        grads[at + i * n + j] = sum;
      }
    }
    dZs[l] = dZ;
    dA = before;
  }
  return dZs;
}
