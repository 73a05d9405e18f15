/* A table of one's own: text with a sample a line, read here and sent nowhere. */

import { known } from "./kept.js";
import { plural } from "./numbers.js";
import { say } from "./words.js";

const limits = known.learning.limits;
const isNumber = cell => cell.trim() !== "" && Number.isFinite(Number(cell));

/** A table that nothing can be learnt from. */
export class Unfit extends Error {
  /** @param {() => string} tell what is wrong with it, in the language of the moment */
  constructor(tell) {
    super(tell());
    this.tell = tell;
  }
}

/** The cells of a line; in quotes the separator is a sign like others. */
function cells(line, separator) {
  const found = [""];
  let quoted = false;
  for (const sign of line) {
    if (sign === '"') quoted = !quoted;
    else if (sign === separator && !quoted) found.push("");
    else found[found.length - 1] += sign;
  }
  return found.map(cell => cell.trim());
}

const spread = numbers => {
  const mean = numbers.reduce((all, x) => all + x, 0) / numbers.length;
  const size = Math.sqrt(numbers.reduce((all, x) => all + (x - mean) ** 2, 0) / numbers.length) || 1;
  return numbers.map(x => (x - mean) / size);
};

/** Data from the text of a table: the last column is learnt, from all others that are numbers.

    Numbers are standardised: mean 0, standard deviation 1. Lines that lack a number are left out.
    @param {string} text
    @returns {{ X: number[][], y: number[], features: string[], classes: string[], remark: () => string }}
    @throws {Unfit} */
export function readTable(text) {
  const lines = text.split(/\r?\n/).filter(line => line.trim());
  const [separator] = [",", ";", "\t"].sort((a, b) => (lines[0]?.split(b).length ?? 0) - (lines[0]?.split(a).length ?? 0));
  const table = lines.slice(0, limits.lines + 1).map(line => cells(line, separator)), width = table[0]?.length ?? 0;
  if (width < 2) throw new Unfit(() => say("a table has a sample a line, and two columns or more with commas between them"));
  const headed = !table[0].some(isNumber), names = headed ? table[0] : table[0].map((_, k) => `x${k + 1}`), body = table.slice(headed ? 1 : 0);
  const numeric = names.map((_, k) => body.filter(row => isNumber(row[k] ?? "")).length > body.length / 2);
  const chosen = names.map((_, k) => k).filter(k => k < width - 1 && numeric[k]).slice(0, limits.inputs);
  const whole = body.filter(row => row.length === width && chosen.every(k => isNumber(row[k])) && row[width - 1] !== "" && (!numeric[width - 1] || isNumber(row[width - 1])));
  if (!chosen.length) throw new Unfit(() => say("no column but the last holds numbers to learn from"));
  if (whole.length < 2) throw new Unfit(() => say("fewer than two lines are complete"));
  const targets = whole.map(row => row[width - 1]), different = [...new Set(targets)].sort(), few = different.length <= limits.outputs;
  const name = names[width - 1], n = different.length;
  if (!few && !numeric[width - 1]) throw new Unfit(() => say("the last column, {name}, has {n} different words; at most {most} classes are learnt", { name, n, most: limits.outputs }));
  const dropped = body.length - whole.length;
  const remark = () => [`${plural(whole.length, "sample")}, ${plural(chosen.length, "input")}, ${few ? say("{n} classes to learn: {name}", { n, name }) : say("a number to learn: {name}", { name })}`,
    dropped ? say("{n} incomplete lines are left out", { n: dropped }) : "", lines.length > table.length ? say("only the first {n} lines are taken", { n: limits.lines }) : ""].filter(Boolean).join("; ");
  if (few && different.length < 2) throw new Unfit(() => say("the last column, {name}, is {word} in every line: there is nothing to learn", { name, word: different[0] }));
  return { X: chosen.map(k => spread(whole.map(row => Number(row[k])))), features: chosen.map(k => names[k]), remark,
    classes: few ? different : [], y: few ? targets.map(each => different.indexOf(each)) : spread(targets.map(Number)) };
}

/** The text of a file that is not too large. */
export async function textOf(file) {
  if (file.size > limits.bytes) throw new Unfit(() => say("this file has {size} MB; at most {most} MB are read", { size: (file.size / 1e6).toFixed(1), most: limits.bytes / 1e6 }));
  return file.text();
}
