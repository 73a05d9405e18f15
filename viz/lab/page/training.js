/* Training: the steps of nn.fit with the same data, seed and order. Losses and optimisers are tapes. */

import { known } from "./kept.js";
import { say } from "./words.js";
import { Generator } from "./chance.js";
import { backwardPass, forwardPass, makeNetwork } from "./network.js";
import { backTape, runTape, tapeFor } from "./tapes.js";

const FAR = 10;  // times the first loss

/** @typedef {{ X: number[][], y: number[], features: string[], classes: string[] }} Data
    @typedef {{ hidden: number[], activation: string, loss: string, init: string, seed: number, optimizer: string,
      rate: number, batch: number, penalty: number }} Choice */

/** How many targets and outputs a loss asks for on these data.

    @param {Data} data */
export function outputsFor(data, loss) {
  const { least, each } = known.learning.losses[loss], classes = data.classes.length;
  return Math.max(least, classes > 2 ? classes : 1, each);
}

/** Whether a loss has a meaning for these data. */
export function lossSuits(data, loss) {
  const { classes, tapes, each } = known.learning.losses[loss];
  return (data.classes.length ? each === 1 : !classes) && Boolean(tapes[outputsFor(data, loss)]);
}

/** Targets, an array a row: as loss.from_classes makes them of classes. */
function targetsOf({ y, classes }, loss, outputs) {
  const { each, one: pair, many: [off, on] } = known.learning.losses[loss];
  if (!classes.length) return [Float64Array.from(y)];
  if (outputs / each === 1) return [Float64Array.from(y, k => pair[k])];
  return Array.from({ length: outputs }, (_, row) => Float64Array.from(y, k => k === row ? on : off));
}

/** A training at its beginning.

    @param {Data} data
    @param {Choice} choice */
export function newTraining(data, choice) {
  const outputs = outputsFor(data, choice.loss), X = data.X.map(row => Float64Array.from(row)), m = X[0].length;
  const network = makeNetwork([X.length, ...choice.hidden, outputs], choice.activation, choice.seed, choice.init);
  const { tape } = known.learning.optimizers[choice.optimizer];
  return {
    data, choice, network, X, m, Y: targetsOf(data, choice.loss, outputs), loss: known.learning.losses[choice.loss].tapes[outputs],
    update: tapeFor(tape, network.params.length), kept: tape.inputs.slice(4).filter(name => name in tape.outputs),
    steps: 0, epoch: 0, seen: 0, order: null, part: 0, curve: [], norms: [], latest: null, ready: new Map(),
    first: Infinity,  // the loss of the first step
    divergedIn: 0,  // the step that could not be made
    get diverged() {
      return this.divergedIn && say("Training diverged in step {step}: numbers are no longer finite. The weights before it are kept; try a smaller rate.", { step: this.divergedIn }) || "";
    },
  };
}

/** The samples that the next step sees. */
export function nextBatch(training) {
  const { choice, m, epoch, seen } = training;
  training.order ??= new Generator(choice.seed, epoch).permutation(m);
  return training.order.slice(seen, seen + (choice.batch || m));
}

const taken = (array, chosen) => array.map(row => Float64Array.from(chosen, s => row[s]));

/** The losses of samples and their gradients by the outputs, in a buffer that serves any batch of that size. */
function lossesOf(training, A, Y) {
  const count = A[0].length;
  if (!training.ready.has(count)) training.ready.set(count, tapeFor(training.loss, count));
  const tape = training.ready.get(count);
  [...A, ...Y].forEach((row, k) => tape.values[k].set(row));
  runTape(tape);
  return tape;
}

const squares = array => array.reduce((all, x) => all + x * x, 0);

/** Half of the penalty's strength times the sum of all squared weights. */
const penaltyOf = ({ choice, network }) => choice.penalty && .5 * choice.penalty * network.layers.reduce((all, { W }) => all + squares(W), 0);

/** Gradients of the objective on some samples; what was computed on the way stays in `latest`. */
export function differentiateOn(training, chosen) {
  const { network, choice } = training, count = chosen.length;
  const pass = forwardPass(network, taken(training.X, chosen)), tape = lossesOf(training, pass.A.at(-1), taken(training.Y, chosen));
  const mean = tape.values[tape.place("loss")].reduce((all, x) => all + x, 0) / count;
  backTape(tape, "loss");
  const dA = pass.A.at(-1).map((_, k) => tape.grads[k].map(x => x / count));
  const dZ = backwardPass(network, pass, dA);
  if (choice.penalty) for (const { W, at } of network.layers) W.forEach((w, k) => { network.grads[at + k] += choice.penalty * w; });
  training.latest = { ...pass, dZ, chosen };
  return mean + penaltyOf(training);
}

/** One step of the optimiser. */
export function trainStep(training) {
  if (training.diverged) return;
  const { network: { params, grads }, update, kept, choice, m } = training, chosen = nextBatch(training);
  const J = differentiateOn(training, chosen), before = params.slice();
  if (!training.steps) training.first = J;
  update.values[0].set(params);
  update.values[1].set(grads);
  update.values[2].fill(training.steps);
  update.values[3].fill(choice.rate);
  runTape(update);
  const move = update.values[update.place("move")];
  for (let k = 0; k < params.length; k++) params[k] += move[k];
  for (const name of kept) update.values[update.of(name)].set(update.values[update.place(name)]);
  if (!Number.isFinite(J) || !params.every(Number.isFinite)) {
    params.set(before);
    training.divergedIn = training.steps + 1;
    return;
  }
  training.steps++;
  training.seen += chosen.length;
  training.part += J * chosen.length / m;
  if (training.seen >= m) endEpoch(training);
}

function endEpoch(training) {
  const { network: { layers, grads } } = training;
  training.curve.push(training.part);
  training.norms = layers.map(({ at, n, neurons }) => Math.sqrt(squares(grads.subarray(at, at + n * neurons))));
  Object.assign(training, { epoch: training.epoch + 1, seen: 0, part: 0, order: null });
}

/** What is wrong with a training: it could not go on, or its loss has grown far; "" for nothing. */
export const trouble = ({ diverged, curve, first }) => diverged
  || (curve.at(-1) > FAR * first ? say("The loss is more than {n} times what it was at first: the steps are too long. Try a smaller rate.", { n: FAR }) : "");

/** The class that outputs speak for, of each sample; as Loss.decide. */
export function decided({ choice }, A) {
  const { boundary } = known.learning.losses[choice.loss];
  return Array.from(A[0], (x, s) => A.length === 1 ? Number(x > boundary) : A.reduce((best, row, k) => row[s] > A[best][s] ? k : best, 0));
}

/** The share of all samples whose class the outputs speak for. */
export function accuracy(training) {
  const { network, X, data } = training, classes = decided(training, forwardPass(network, X).A.at(-1));
  return classes.filter((k, s) => k === data.y[s]).length / classes.length;
}
