/* Expressions as text, to the operations they stand for, by the grammar that Python's own gives.

   A sketch is a graph before it is one: objects { row, operands, number, label } that refer to each other,
   with the row "" for a leaf. */

import { known } from "./kept.js";
import { say } from "./words.js";
import { rows } from "./table.js";

const { infix, prefix, functions, keywords, longest, deepest, bracket } = known.grammar;
const SIGNS = [...new Set([...Object.keys(infix), ...Object.keys(prefix), "(", ")", ",", "="])].sort((a, b) => b.length - a.length);
const TOKEN = new RegExp([`(?<number>${known.grammar.number})`, String.raw`(?<name>[\p{ID_Start}_]\p{ID_Continue}*)`,
  `(?<operator>${SIGNS.map(sign => sign.replace(/[*+()]/g, "\\$&")).join("|")})`, String.raw`(?<space>[^\S\n]+|#[^\n]*)`, String.raw`(?<end>[\n;])`].join("|"), "uy");
const MOST_NODES = 3000;  // operations and leaves: what the explorer shows at most

/** A text that is not understood, and the part of it that is not. */
export class Unread extends Error {
  constructor(reason, start, end) {
    super(reason);
    this.start = start;
    this.end = end;
  }
}

/** The tokens of a text, a line's end being one.

    @returns {{ kind: string, text: string, start: number, end: number }[]} */
function tokens(text) {
  const found = [];
  for (let start = 0; start < text.length;) {
    TOKEN.lastIndex = start;
    const match = TOKEN.exec(text);
    const strange = String.fromCodePoint(text.codePointAt(start));
    if (!match) throw new Unread(say("“{text}” is not part of an expression", { text: strange }) + (strange === "^" ? say("; a power is written x**2") : ""), start, start + 1);
    const [kind] = Object.entries(match.groups).find(([, each]) => each !== undefined), end = start + match[0].length;
    if (kind !== "space") found.push({ kind, text: kind === "name" ? match[0].normalize("NFKC") : match[0], start, end });
    start = end;
  }
  return [...found, { kind: "end", text: "", start: text.length, end: text.length }];
}

/** Read lines `name = expression` or expressions; the last line is the output.

    @param {string} text
    @returns {{ output: object, unused: string[], leaves: string[] }} the sketch of the last line, the names nothing uses,
      and those of its inputs as they come in the text
    @throws {Unread} */
export function read(text) {
  if (text.length > longest) throw new Unread(say("at most {n} characters are read, these are {given}", { n: longest.toLocaleString("en"), given: text.length.toLocaleString("en") }), longest, text.length);
  const list = tokens(text), named = new Map(), leaves = new Set(), used = new Set();
  let k = 0, depth = 0, made = 0, output = null;

  const is = sign => list[k].kind === "operator" && list[k].text === sign;
  const refuse = (reason, token = list[k]) => { throw new Unread(reason, token.start, Math.max(token.end, token.start + 1)); };
  const node = (row, operands, rest = {}) => {
    if (++made > MOST_NODES) refuse(say("this is more than {n} nodes, the most that are shown", { n: MOST_NODES.toLocaleString("en") }), list[Math.max(k - 1, 0)]);
    return { row, operands, number: NaN, label: "", ...rest };
  };
  const leaf = x => node("", [], { number: x });
  const take = sign => is(sign) ? k++ : refuse(list[k].kind === "end" ? say("a “{sign}” is missing here", { sign }) : say("here a “{sign}” was expected", { sign }));
  const deeper = (by, part) => {
    depth += by;
    if (depth > deepest) refuse(say("there are too many brackets in each other, or operators in a row, up to here"));
    const found = part();
    depth -= by;
    return found;
  };

  function sum(least) {
    let left = operand();
    while (list[k].kind === "operator" && infix[list[k].text]?.level >= least) {
      const { row, right } = infix[list[k++].text];
      left = node(row, [left, deeper(1, () => sum(right))]);
    }
    return left;
  }

  function operand() {
    const token = list[k++];
    if (token.kind === "number") return numeral(token);
    if (token.kind === "name") return is("(") ? call(token) : reference(token);
    if (token.text === "(") {
      const inner = deeper(bracket, () => sum(0));
      take(")");
      return inner;
    }
    const sign = token.kind === "operator" ? prefix[token.text] : undefined;
    if (!sign) refuse(token.kind === "end" ? say("the expression ends too early") : say("“{text}” cannot stand here", token), token);
    const inner = deeper(1, () => sum(sign.right));
    if (!sign.row) return Object.assign(inner, { written: false });
    if (!inner.written) return node(sign.row, [inner]);
    return leaf(rows[sign.row].forward(inner.number));  // of a numeral, the sign is part of the number
  }

  function numeral(token) {
    const x = Number(token.text.replaceAll("_", ""));
    if (!Number.isFinite(x)) refuse(say("this number is too large"), token);
    return node("", [], { number: x, written: true });
  }

  function reference(token) {
    const name = token.text;
    if (keywords.includes(name)) refuse(say("“{name}” is a word of Python's and no name", { name }), token);
    if (name.includes("__")) refuse(say("names with two underscores are not allowed"), token);
    if (functions[name] && !named.has(name)) refuse(say("{name} is a function: write {name}(x)", { name }), token);
    used.add(name);
    if (!named.has(name)) {
      named.set(name, node("", [], { label: name }));
      leaves.add(name);
    }
    return named.get(name);
  }

  function call(token) {
    const name = token.text, entry = functions[name];
    if (!entry) refuse(say("there is no function “{name}”", { name }) + suggestion(name), token);
    const [least, most, steps, defaults] = entry, given = [];
    take("(");
    while (!is(")") && given.length <= most) {
      given.push(deeper(bracket, () => sum(0)));
      if (!is(",")) break;
      k++;
    }
    take(")");
    if (given.length < least || given.length > most)
      refuse(least < most ? say("{name} takes {least} or {most} operands, here are {n}", { name, least, most, n: given.length })
        : most > 1 ? say("{name} takes {most} operands, here are {n}", { name, most, n: given.length }) : say("{name} takes 1 operand, here are {n}", { name, n: given.length }), token);
    for (const x of defaults.slice(given.length - least)) given.push(leaf(x));
    for (const [row, ...places] of steps) given.push(node(row, places.map(place => given[place])));
    return given.at(-1);
  }

  function line() {
    const [first, second] = [list[k], list[k + 1]], assigns = first.kind === "name" && second?.kind === "operator" && second.text === "=";
    if (assigns) {
      k += 2;
      if (functions[first.text]) refuse(say("{text} is a function; call this something else", first), first);
      if (leaves.has(first.text)) refuse(say("{text} was an input in a line above; call this something else", first), first);
      if (named.has(first.text)) refuse(say("{text} has been made in a line above; call this something else", first), first);
    }
    const found = sum(0);
    if (list[k].kind !== "end") refuse(is("=") ? say("one name stands left of =, as in y = w*x") : say("“{text}” cannot stand here: is an operator such as * missing?", list[k]));
    if (!assigns) return found;
    if (found.label) refuse(say("{label} has a name already; use that one", found), first);
    found.label = first.text;
    named.set(first.text, found);
    if (!found.row) leaves.add(first.text);  // w = 0.5 is an input, and where it starts
    return found;
  }

  for (; k < list.length; k++) if (list[k].kind !== "end") output = line();
  if (!output) throw new Unread(say("type an expression, such as tanh(w*x + b)"), 0, 0);
  const unused = [...named].filter(([name, each]) => each !== output && !leaves.has(name) && !used.has(name)).map(([name]) => name);
  return { output, unused, leaves: [...leaves] };
}

/** The function that was meant, if one is near. */
function suggestion(name) {
  const letters = [...name].sort().join("");
  const distance = other => {
    if (name.length > 2 && other.startsWith(name)) return .6;  // only begun, as max
    if ([...other].sort().join("") === letters) return .5;  // two of them changed places
    let row = [...Array(other.length + 1).keys()];
    [...name].forEach((a, i) => {
      const next = [i + 1];
      [...other].forEach((b, j) => next.push(Math.min(row[j + 1] + 1, next[j] + 1, row[j] + Number(a !== b))));
      row = next;
    });
    return row.at(-1);
  };
  const [best] = name.length > 20 ? [] : Object.keys(functions).map(each => ({ each, far: distance(each) })).sort((a, b) => a.far - b.far);
  return best?.far <= 2 ? say("; did you mean {name}?", { name: best.each }) : "";
}
