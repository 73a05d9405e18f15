/* What training looks like: the decision boundary or fitted curve, the loss curve, heat maps. On canvas, for speed. */

import { known } from "./kept.js";
import { byId, h, write } from "./elements.js";
import { short } from "./numbers.js";
import { say } from "./words.js";
import { rows } from "./table.js";
import { forwardPass } from "./network.js";
import { decided } from "./training.js";

const FINE = 48, COARSE = 30;  // points along a side at which the network is asked for the boundary, at rest and moving
const CLASSES = ["--input-line", "--output-line", "--parameter-line", "--accent", "--alert", "--muted", "--constant-line", "--disc", "--ink", "--edge"];

const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const channels = name => {
  const text = colour(name);
  return text.startsWith("#") ? [1, 3, 5].map(i => parseInt(text.slice(i, i + 2), 16)) : text.split(" ").map(Number);
};

/** A canvas made as sharp as the screen, and its context in CSS pixels. */
function ready(canvas) {
  const { width, height } = canvas.getBoundingClientRect(), sharp = devicePixelRatio || 1;
  const wide = Math.round(width * sharp), high = Math.round(height * sharp);
  if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
  const context = canvas.getContext("2d");
  context.setTransform(sharp, 0, 0, sharp, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

/** The ends of an axis, with a little room. */
function reach(numbers) {
  const low = Math.min(...numbers), high = Math.max(...numbers), room = (high - low || 2) * .08;
  return [low - room, high + room];
}

/** How much larger than usual things are: on a projector, twice. */
const zoomed = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;

const scaled = ([low, high], length) => x => (x - low) / (high - low) * length;

/** The samples, and over them what the network says of the whole plane; of one input, the curve it has learnt. */
export function drawData(canvas, training, shown, moving) {
  const { X, data } = training, place = ready(canvas);
  X.length === 1 ? drawFit(place, training) : drawBoundary(place, training, shown, moving ? COARSE : FINE);
  const { steps } = training, n = data.classes.length;
  canvas.setAttribute("aria-label", n ? say("The decision boundary of {n} classes after {steps} steps", { n, steps })
    : X.length > 1 ? say("The plane of what is learnt after {steps} steps", { steps }) : say("The fitted curve after {steps} steps", { steps }));
}

function drawBoundary({ context, width, height }, training, [across, up], side) {
  const { X, data, network } = training, [left, right] = reach(X[across]), [bottom, top] = reach(X[up]);
  const points = X.map(() => new Float64Array(side * side));
  for (let k = 0; k < side * side; k++) {
    points[across][k] = left + (right - left) * ((k % side) + .5) / side;
    points[up][k] = top - (top - bottom) * (Math.floor(k / side) + .5) / side;
  }
  const A = forwardPass(network, points).A.at(-1), palette = CLASSES.map(channels), image = new ImageData(side, side);
  const told = data.classes.length ? classShades(training, A, palette) : k => [...numberShade(A[0][k], palette), 255 * Math.min(1, Math.abs(A[0][k]) / 3)];
  for (let k = 0; k < side * side; k++) image.data.set(told(k), 4 * k);
  const small = new OffscreenCanvas(side, side);
  small.getContext("2d").putImageData(image, 0, 0);
  context.drawImage(small, 0, 0, width, height);
  const x = scaled([left, right], width), y = scaled([top, bottom], height);
  context.lineWidth = 1.2;
  context.strokeStyle = colour("--sheet");
  for (let s = 0; s < X[0].length; s++) {
    const of = data.classes.length ? palette[data.y[s] % palette.length] : numberShade(data.y[s], palette);
    context.fillStyle = `rgb(${of.join(" ")})`;
    dot(context, x(X[across][s]), y(X[up][s]), data.classes.length ? data.y[s] : Number(data.y[s] < 0), 4 * zoomed());
  }
}

/** The colour of the class that wins at each point, the stronger the surer. */
function classShades(training, A, palette) {
  const classes = decided(training, A), { boundary } = known.learning.losses[training.choice.loss];
  return k => {
    const sure = A.length === 1 ? Math.abs(Math.tanh(2 * (A[0][k] - boundary))) : margin(A, classes[k], k);
    return [...palette[classes[k] % palette.length], 30 + 120 * sure];
  };
}

/** Numbers to be learnt are standardised: those above their mean are blue, those below orange. */
const numberShade = (x, palette) => palette[Number(x < 0)];

/** By how much the class wins, as a share of the largest output. */
function margin(A, winner, k) {
  const others = A.filter((_, row) => row !== winner).map(row => row[k]);
  return Math.tanh(A[winner][k] - Math.max(...others));
}

/** A mark whose shape, too, says the class. */
function dot(context, x, y, kind, size) {
  context.beginPath();
  if (kind % 3 === 0) context.arc(x, y, size, 0, 2 * Math.PI);
  else if (kind % 3 === 1) context.rect(x - size * .9, y - size * .9, size * 1.8, size * 1.8);
  else [[0, -1.3], [1.2, .9], [-1.2, .9]].forEach(([a, b], k) => k ? context.lineTo(x + a * size, y + b * size) : context.moveTo(x + a * size, y + b * size));
  context.closePath();
  context.fill();
  context.stroke();
}

function drawFit({ context, width, height }, { X, data, network, Y }) {
  const [left, right] = reach(X[0]), [bottom, top] = reach([...Y[0]]), count = 200;
  const asked = Float64Array.from({ length: count }, (_, k) => left + (right - left) * k / (count - 1));
  const [mean, logs] = forwardPass(network, [asked]).A.at(-1), x = scaled([left, right], width), y = scaled([top, bottom], height);
  if (logs) {  // a second output is the logarithm of the variance
    context.fillStyle = `rgb(${channels("--input-line").join(" ")} / .2)`;
    context.beginPath();
    for (let k = 0; k < count; k++) context.lineTo(x(asked[k]), y(mean[k] + Math.exp(logs[k] / 2)));
    for (let k = count - 1; k >= 0; k--) context.lineTo(x(asked[k]), y(mean[k] - Math.exp(logs[k] / 2)));
    context.fill();
  }
  context.fillStyle = colour("--output-line");
  context.strokeStyle = colour("--sheet");
  data.y.forEach((each, s) => dot(context, x(X[0][s]), y(each), 0, 3.5 * zoomed()));
  stroke(context, Array.from(mean, (each, k) => [x(asked[k]), y(each)]), colour("--input-line"), 3);
}

function stroke(context, points, style, wide) {
  Object.assign(context, { strokeStyle: style, lineWidth: wide, lineJoin: "round" });
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.stroke();
}

/** The loss after each epoch, and behind it that of another run: pale of the one before, or beside it in a colour. */
export function drawCurve(canvas, curve, before, style = "--edge") {
  const { context, width, height } = ready(canvas), all = [...curve, ...before].filter(Number.isFinite);
  canvas.setAttribute("aria-label", curve.length ? say("Loss curve over {n} epochs, from {first} to {last}", { n: curve.length, first: short(curve[0]), last: short(curve.at(-1)) }) : say("Loss curve, empty yet"));
  if (!all.length) return;
  const most = Math.max(...all), least = Math.min(...all, 0), longest = Math.max(curve.length, before.length, 2);
  Object.assign(context, { fillStyle: colour("--muted"), font: `${12 * zoomed()}px ${colour("--text")}`, textAlign: "right" });
  const levels = [most, (most + least) / 2, least], told = levels.map(level => short(Number(level.toPrecision(3))));
  const left = Math.max(42 * zoomed(), ...told.map(text => Math.ceil(context.measureText(text).width))), top = 8 * zoomed();
  const x = scaled([0, longest - 1], width - left - 14), y = scaled([most, least], height - top - 14);
  for (const [k, level] of levels.entries()) {
    context.fillText(told[k], left, y(level) + top + 4 * zoomed());
    stroke(context, [[left + 6, y(level) + top], [width, y(level) + top]], colour("--line"), 1);
  }
  const points = numbers => numbers.map((each, k) => [left + 8 + x(k), y(each) + top]);
  stroke(context, points(before), colour(style), 2 * zoomed());
  stroke(context, points(curve), colour("--accent"), 2.5 * zoomed());
}

/** The heat maps of a network: a figure a layer, of its weights and their gradients, a row a unit. */
export function layerFigures({ network }) {
  return network.layers.map(({ n, neurons }, l) => h("figure", { class: "layer" },
    h("figcaption", {}, h("b", {}, say("Layer {l}", { l: l + 1 })), say(" W{l} and dW{l}, {size}, and b{l}", { l: l + 1, size: `${neurons}×${n}` })),
    h("canvas", { role: "img", style: `height: ${Math.min(Math.max(neurons * 11, 22), 190)}px` }),
    h("p", { class: "size" }, h("progress", { max: 1, value: 0, "aria-label": say("Size of the gradient of W{l}", { l: l + 1 }) }), h("span")), h("p", { class: "units" })));
}

export function drawLayers(training) {
  training.network.layers.forEach((layer, l) => {
    const figure = byId("layers-shown").children[l], canvas = figure.querySelector("canvas"), grads = training.network.grads.subarray(layer.at);
    const { context, width, height } = ready(canvas), half = (width - 12) / 2;
    heat(context, layer, layer.W, layer.b, [0, half, height]);
    heat(context, layer, grads, grads.subarray(layer.n * layer.neurons), [half + 12, half, height]);
    const size = Math.hypot(...grads.subarray(0, layer.n * layer.neurons)), state = unitStates(training, layer, l + 1);
    figure.querySelector("progress").value = size ? Math.min(1, Math.max(0, (Math.log10(size) + 6) / 7)) : 0;
    write(figure.querySelector(".size span"), `‖dW${l + 1}‖ = ${short(size)}`);
    write(figure.querySelector(".units"), state);
    canvas.setAttribute("aria-label", say("Weights of layer {l}, largest {x}, and their gradients. {state}", { l: l + 1, x: short(Math.max(...layer.W.map(Math.abs))), state }));
  });
}

/** Weights as squares, a row a unit, the bias last; blue above 0, orange below. */
function heat(context, { n, neurons }, W, b, [left, width, height]) {
  const wide = width / (n + 1), high = height / neurons, plus = channels("--plus"), minus = channels("--minus");
  let most = 1e-300;
  for (let k = 0; k < n * neurons; k++) most = Math.max(most, Math.abs(W[k]));
  for (let i = 0; i < neurons; i++) most = Math.max(most, Math.abs(b[i]));
  for (let i = 0; i < neurons; i++) for (let j = 0; j <= n; j++) {
    const w = j < n ? W[i * n + j] : b[i];
    context.fillStyle = `rgb(${(w < 0 ? minus : plus).join(" ")} / ${(Math.abs(w) / most).toFixed(3)})`;
    context.fillRect(left + j * wide + (j === n ? 2 : 0), i * high, wide - (j === n ? 2.5 : .5), high - .5);
  }
  Object.assign(context, { strokeStyle: colour("--line"), lineWidth: 1 });
  context.strokeRect(left + .5, .5, width - 1, height - 1);
}

/** Which units pass nothing back, for all samples of the latest step, and which hardly anything. */
function unitStates({ latest }, { g: [row, ...further] }, l) {
  if (!latest || !row) return "";
  const dead = [], saturated = [], { partials } = rows[row];
  latest.Z[l].forEach((z, i) => {
    const slopes = Array.from(z, (x, s) => Math.abs(partials(x, ...further, latest.A[l][i][s])[0]));
    if (slopes.every(slope => slope === 0)) dead.push(i);
    else if (slopes.filter(slope => slope < .05).length >= .9 * slopes.length) saturated.push(i);
  });
  return [dead.length ? say("dead: unit {which}", { which: dead.join(", ") }) : "", saturated.length ? say("saturated: unit {which}", { which: saturated.join(", ") }) : ""].filter(Boolean).join("; ");
}
