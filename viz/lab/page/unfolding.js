/* A step of training as its graph: every scalar that it computes, and the arrays in which these stand. */

import { known } from "./kept.js";
import { drafted, inOrder, scalarCards } from "./drafting.js";
import { foldedCards } from "./folding.js";
import { nextBatch } from "./training.js";
import { placing } from "./placing.js";

const WANTED = 1500, MOST_SCALARS = 3000;  // nodes of the graph, by which the number of samples is chosen; and of a picture of each
const NODES_A_WEIGHT = 2.9;  // of one sample, about: the weight, its product and its place in a sum

const leaf = (label, number = NaN) => ({ row: "", operands: [], number, label, part: "" });

/** The operations of a tape on nodes of a sketch; its outputs by name. */
function replayed({ nodes, outputs }, given, part) {
  const made = [...given];
  for (const [first, ...places] of nodes)
    made.push(typeof first === "number" ? leaf("", first) : { row: first, operands: places.map(place => made[place]), number: NaN, label: "", part });
  return Object.fromEntries(Object.entries(outputs).map(([name, place]) => [name, made[place]]));
}

/** How many samples of a batch are drawn. */
function samplesDrawn({ network: { params } }, count) {
  const most = Math.max(...Object.keys(known.learning.means).map(Number));
  return Math.max(1, Math.min(count, most, Math.floor(WANTED / (NODES_A_WEIGHT * params.length))));
}

/** The sketch of the objective on the first samples of the next batch, and its arrays of nodes by name. */
export function sketched(training) {
  const { network: { layers }, X, Y, loss } = training, batch = nextBatch(training), chosen = batch.slice(0, samplesDrawn(training, batch.length));
  const numbers = new Map(), arrays = new Map();
  const array = (name, rows, count, make) => {
    const cells = Array.from({ length: rows }, (_, i) => Array.from({ length: count }, (_, j) => {
      const made = make(i, j);
      made.label ||= `${name}[${i},${j}]`;
      return made;
    }));
    arrays.set(name, cells);
    return cells;
  };
  const given = (name, rows, count, number, label = (i, j) => `${name}[${i},${j}]`) => array(name, rows, count, (i, j) => {
    const made = Object.assign(leaf(label(i, j)), { part: name });
    numbers.set(made.label, number(i, j));
    return made;
  });
  let before = given("X", X.length, chosen.length, (j, s) => X[j][chosen[s]]);
  layers.forEach(({ n, neurons, W, b, g: [row, ...further] }, k) => {
    const l = k + 1, inputs = before;
    const weights = given(`W${l}`, neurons, n, (i, j) => W[i * n + j]), biases = given(`b${l}`, neurons, 1, i => b[i], i => `b${l}[${i}]`);
    const Z = array(`Z${l}`, neurons, chosen.length, (i, s) =>
      inputs.reduce((sum, x, j) => replayed(known.learning.neuron, [sum, weights[i][j], x[s]], `Z${l}`).sum, biases[i][0]));
    before = row ? array(`A${l}`, neurons, chosen.length, (i, s) => ({ row, operands: [Z[i][s], ...further.map(x => leaf("", x))], number: NaN, label: "", part: `A${l}` }))
      : (arrays.set(`A${l}`, Z), Z);
  });
  const targets = given("Y", Y.length, chosen.length, (i, s) => Y[i][chosen[s]]);
  const terms = chosen.map((_, s) => replayed(loss, [...before.map(a => a[s]), ...targets.map(y => y[s])], "J").loss);
  if (terms.length > 1) terms.forEach((each, s) => { each.label ||= `L[${s}]`; });
  const output = replayed(known.learning.means[terms.length], terms, "J").mean;
  output.label = "J";
  arrays.set("J", [[output]]);
  return { output, arrays, numbers, samples: chosen.length, of: batch.length };
}

/** The arrays as viz/explorer/contents.py tells them: those of a network of three layers, numbered anew. */
function groupsOf({ network: { layers }, choice }, arrays, place) {
  /** @type {{ title: string, shift: number, grids: object[], g?: string, last?: boolean }[]} */
  const templates = [];
  const numberOf = new Map();
  const { input } = known.learning.arrays.identity;
  templates.push({ title: "Input", shift: 0, grids: input });
  layers.forEach(({ g }, k) => {
    const { first, later } = known.learning.arrays[g.length ? "curved" : "identity"];
    templates.push({ title: `Layer ${k + 1}`, shift: k ? k - 1 : 0, grids: k ? later : first, g: g[0], last: k + 1 === layers.length });
  });
  const blank = { about: "", value: null, gradient: null };
  templates.push({ title: "Loss", shift: 0, grids: [{ ...blank, name: "Y", index: "is" }, { ...blank, name: "J", index: "", about: `mean ${choice.loss}` }] });
  const renumbered = (name, shift) => name.replace(/\d+/, digits => Number(digits) + shift);
  for (const { shift, grids } of templates) for (const { name } of grids) numberOf.set(renumbered(name, shift), numberOf.size);
  return templates.map(({ title, shift, grids, g, last }) => {
    const factor = each => each && [numberOf.get(renumbered(each[0], shift)), each[1], each[2]];
    const formula = each => each && { ...each, factors: each.factors.map(factor), plus: factor(each.plus), slope: factor(each.slope), g: each.g && g };
    return { title, grids: grids.map(({ name, about, index, value, gradient }) => {
      const own = renumbered(name, shift), cells = arrays.get(own);
      return { name: own, about, index, shape: [cells.length, cells[0].length], nodes: cells.flat().map(each => place.get(each) ?? -1),
        value: formula(value), gradient: last && own[0] === "A" ? null : formula(gradient) };
    }) };
  });
}

/** A card for every array: what is computed by a layer or by the loss is folded into one. */
function layerCards({ choice, network: { layers } }, { arrays }, order, contents) {
  const partOf = order.map(({ part }) => part), place = new Map(order.map((each, i) => [each, i]));
  const found = foldedCards(contents, partOf, name => {
    const l = Number(name.slice(1)), x = l > 1 ? (arrays.get(`A${l - 1}`) === arrays.get(`Z${l - 1}`) ? `Z${l - 1}` : `A${l - 1}`) : "X";
    const symbol = { Z: `Z${l} = W${l}·${x} + b${l}`, A: `A${l} = ${choice.activation}(Z${l})`, J: `J = mean ${choice.loss}` }[name[0]] ?? "";
    const kind = name === "J" ? "output" : symbol ? "result" : /^[XY]/.test(name) ? "input" : "parameter";
    const cells = arrays.get(name), shape = cells && cells.flat().length > 1 ? [cells.length, cells[0].length] : null;
    return { kind, title: symbol ? "" : name, symbol, shape };
  });
  [...new Set(partOf.filter(Boolean))].forEach(name => {  // elements row by row, as cards that open place them
    const card = found.cards[found.of[partOf.indexOf(name)]], cells = arrays.get(name)?.flat().map(each => place.get(each)) ?? [];
    card.values.sort((i, j) => cells.indexOf(i) - cells.indexOf(j));
  });
  const inLayer = l => [...new Set(partOf.flatMap((name, i) => name.slice(1) === String(l) ? [found.of[i]] : []))];
  return { ...found, boxes: layers.map((_, k) => ({ title: `layer ${k + 1}`, members: inLayer(k + 1) })) };
}

/** The graph of the next step as the room of one graph is told it; null if another graph was asked for meanwhile. */
export async function unfolded(training) {
  const sketch = sketched(training), place = placing();
  await new Promise(done => setTimeout(done));  // so that a large network is drafted in a task of its own
  const order = inOrder(sketch.output), number = new Map(order.map((each, i) => [each, i]));
  const contents = drafted(sketch.output, { value: name => sketch.numbers.get(name), learns: name => /^[Wb]\d/.test(name) });
  const edges = contents.nodes.flatMap((node, i) => typeof node[0] === "string" ? node.slice(1).map((j, nth) => [j, i, nth]) : []);
  const few = order.length <= MOST_SCALARS, scalars = few ? await place("Scalars", scalarCards(contents), [...contents.nodes.keys()], edges) : null;
  const layers = layerCards(training, sketch, order, contents);
  const folded = (scalars || !few) && await place("Layers", layers.cards, layers.of, layers.edges, layers.boxes);
  return !folded ? null : { ...contents, groups: groupsOf(training, sketch.arrays, number), pictures: scalars ? [scalars, folded] : [folded], samples: sketch.samples, batch: sketch.of };
}
