/* Modules of the lab that need no page, under Node: `node --test` in a folder that modules.py wrote. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const known = readFileSync("known.json", "utf8");
globalThis.document = { getElementById: () => ({ textContent: known }), documentElement: { hasAttribute: () => false } };

const { Unread, read } = await import("./reading.js");
const { inOrder, spelling } = await import("./drafting.js");
const { newTraining, trainStep } = await import("./training.js");
const { readTable } = await import("./table_file.js");
const { STOPS } = await import("./stops.js");
const { phrase, say, speak } = await import("./words.js");
const { placing } = await import("./placing.js");

test("an expression is read with the bounds of operators, and a name keeps its node", () => {
  const order = inOrder(read("u = w*x + b\n-u**2").output);
  assert.deepEqual(order.map(({ row, label }) => label || row), ["w", "x", "mul", "b", "u", "", "pow", "neg"]);
  assert.equal(spelling(order).at(-1).text, "−u²");
});

test("what is not understood is refused with its place", () => {
  for (const [text, start] of [["y = w*", 6], ["x ^ 2", 2], ["tan", 0], ["(".repeat(10000), 60]])
    assert.throws(() => read(text), error => error instanceof Unread && error.start >= Math.min(start, 60) && error.message.length > 10, text);
  assert.throws(() => read("sgimoid(x)"), /did you mean sigmoid\?/);
});

test("a training that goes astray stops before its numbers do", () => {
  const data = { X: [[0, 1, 2]], y: [0, 1e150, 2], features: ["x"], classes: [] };
  const training = newTraining(data, { hidden: [], activation: "tanh", loss: "mse", init: "xavier_uniform", seed: 0, optimizer: "sgd", rate: 1000, batch: 0, penalty: 0 });
  for (let k = 0; k < 50; k++) trainStep(training);
  assert.match(training.diverged, /try a smaller rate/);
  assert.ok(training.network.params.every(Number.isFinite));
});

test("what is to be shown next is placed, whatever is asked of a graph before it", async () => {
  const answers = [];
  globalThis.Worker = class {
    postMessage() { answers.push(() => this.onmessage({ data: { size: [9, 9], centres: [[4, 4]], curves: [], boxes: [] } })); }
  };
  const card = () => [{ box: [0, 0, 8, 8] }], first = placing(), shown = first("Scalars", card(), [0], []);
  const next = placing(), wanted = next("Scalars", card(), [0], []), late = first("Lines", card(), [0], []);
  answers[0]();
  answers[1]();
  assert.deepEqual(await Promise.all([shown, late]), [null, null]);
  assert.equal((await wanted).level, "Scalars");
});

test("a table is read with any of three separators", () => {
  for (const separator of [",", ";", "\t"]) {
    const { X, y, classes } = readTable(["a", "b", "kind"].join(separator) + "\n" + [[1, 2, "p"], [3, 1, "q"], [2, 2, "p"]].map(row => row.join(separator)).join("\n"));
    assert.deepEqual([X.length, y, classes], [2, [0, 1, 0], ["p", "q"]]);
  }
});

test("every answer of the tour can be read", () => {
  for (const { right, mistakes, text } of STOPS)
    for (const each of [right, text, ...Object.values(mistakes).flat()]) assert.ok(read(each).output);
});

test("a sentence is filled in, in any language", () => {
  speak({ "{x} from {name}": "{name}에서 {x}" });
  assert.equal(say("{x} from {name}", { x: 1, name: "a" }), "a에서 1");
  assert.deepEqual(phrase("to {name}", { name: 7 }), ["to ", 7]);
});
