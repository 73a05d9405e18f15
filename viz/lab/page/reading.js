/* Expressions as text, to the operations they stand for, by the grammar that Python's own gives.

   A sketch is a graph before it is one: objects { row, operands, number, label } that refer to each other,
   with the row "" for a leaf. */

import { known } from "./kept.js";
import { say } from "./words.js";
import { rows } from "./table.js";

const { infix, prefix, functions, keywords, printed, instead, longest, deepest, bracket } = known.grammar;
const SIGNS = [...new Set([...Object.keys(infix), ...Object.keys(prefix), "(", ")", ",", "="])].sort((a, b) => b.length - a.length);
const TOKEN = new RegExp([`(?<number>${known.grammar.number})`, String.raw`(?<name>[\p{ID_Start}_](?:(?![${Object.keys(printed).join("")}])[\p{ID_Continue}₀-₉])*)`,
  `(?<operator>${[...SIGNS, ...Object.keys(printed)].map(sign => sign.replace(/[*+()]/g, "\\$&")).join("|")})`, "(?<raised>⁻?[⁰¹²³⁴-⁹]+)", String.raw`(?<space>[^\S\n]+|#[^\n]*)`, String.raw`(?<end>[\n;])`].join("|"), "uy");
const MOST_NODES = 3000;  // operations and leaves: what the explorer shows at most

/** A text that is not understood, and the part of it that is not. */
export class Unread extends Error {
  constructor(reason, start, end) {
    super(reason);
    this.start = start;
    this.end = end;
  }
}

/** What to write in place of a sign that is none of an expression's. */
function signHint(sign, before, after) {
  const called = /^\p{ID_Continue}+/u.exec(after)?.[0];
  if (sign === "^" && !/(?<!\p{ID_Continue})e\s*$/u.test(before)) return say("; a power is written x**2");
  if (sign === "." && functions[called]) return say("; write {text}", { text: `${called}(x)` });
  const written = instead[sign === "^" ? "e^" : sign];
  if (written) return say("; write {text}", { text: written });
  return say("; there are names, numbers, functions, {signs}", { signs: [...Object.keys(infix), "( )"].join(" ") });
}

/** The tokens of a text, a line's end being one; signs of print are those that are typed, and x² is x**2.

    @returns {{ kind: string, text: string, start: number, end: number }[]} */
function tokens(text) {
  const found = [];
  for (let start = 0; start < text.length;) {
    TOKEN.lastIndex = start;
    const match = TOKEN.exec(text);
    const strange = String.fromCodePoint(text.codePointAt(start));
    if (!match) throw new Unread(say("“{text}” is not part of an expression", { text: strange }) + signHint(strange, text.slice(Math.max(start - 40, 0), start), text.slice(start + 1, start + 40)), start, start + 1);
    const [kind] = Object.entries(match.groups).find(([, each]) => each !== undefined), end = start + match[0].length, plain = match[0].normalize("NFKC");
    if (kind === "raised") found.push({ kind: "operator", text: "**", start, end }, { kind: "number", text: plain.replace("−", "-"), start, end });
    else if (kind !== "space") found.push({ kind, text: printed[match[0]] ?? (kind === "name" ? plain : match[0]), start, end });
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
  const isOperand = (token, bracket) => token && (token.kind === "number" || token.kind === "name" && !keywords.includes(token.text) || token.text === bracket);
  /** Two operands side by side as the product that they are on paper; "" for others, and for two numbers. */
  const product = (left, right) => isOperand(left, ")") && isOperand(right, "(") && !(left.kind === "number" && right.kind === "number")
    ? `${left.text === ")" ? "(…)" : left.text}*${right.text === "(" ? "(…)" : right.text}` : "";
  const productHint = text => text && say("; a product is written {text}", { text });
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
    if (!sign) refuse(token.kind === "end" ? say("the expression ends too early") : token.text === "=" ? say("one name stands left of =, as in y = w*x") : say("“{text}” cannot stand here", token), token);
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
    const name = token.text, follows = isOperand(list[k]);
    if (keywords.includes(name)) refuse(say("“{name}” is a word of Python's and no name", { name }), token);
    if (name.includes("__")) refuse(say("names with two underscores are not allowed"), token);
    if (functions[name] && !named.has(name)) refuse(say("{name} is a function: write {name}(x)", { name }), token);
    if (instead[name] && follows && !named.has(name)) refuse(unknown(name), token);
    used.add(name);
    if (!named.has(name)) {
      named.set(name, node("", [], { label: name }));
      leaves.add(name);
    }
    return named.get(name);
  }

  function call(token) {
    const name = token.text, entry = functions[name];
    if (!entry && list[k + 2]?.text === ")" && list[k + 3]?.text === "=") refuse(say("one name stands left of =, as in y = w*x"), token);
    if (!entry) refuse(unknown(name) || say("there is no function “{name}”", { name }) + (suggestion(name) || productHint(product(token, list[k]))), token);
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

  /** Why an expression does not go on with the token that is there. */
  function excess() {
    const [before, token, after] = list.slice(k - 1, k + 2), { text } = token, meant = product(before, token);
    if (is("=")) return say("one name stands left of =, as in y = w*x");
    if (is(")")) return say("this “)” closes no bracket");
    if (is(",") && before.kind === "number" && after.kind === "number") return say("“{text}” cannot stand here", token) + say("; write {text}", { text: `${before.text}.${after.text}` });
    return meant ? say("“{text}” cannot stand here: is an operator such as * missing, as in {meant}?", { text, meant })
      : say("“{text}” cannot stand here: is an operator such as * missing?", token);
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
    if (list[k].kind !== "end") refuse(excess());
    if (!assigns) return found;
    if (found.label) refuse(say("{label} has a name already; use that one", found) + (leaves.has(found.label) && found.label.length === 2 ? productHint([...found.label].join("*")) : ""), first);
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

/** That there is no function of a name that stands for one on paper, and what to write; "" for other names. */
const unknown = name => instead[name] ? say("there is no function “{name}”", { name }) + say("; write {text}", { text: instead[name] }) : "";

/** The function that was meant, if one is near. */
function suggestion(name) {
  const letters = [...name].sort().join("");
  const distance = other => {
    if (name.toLowerCase() === other) return 0;
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
  return best?.far <= Math.min(2, name.length - 1) ? say("; did you mean {name}?", { name: best.each }) : "";
}
