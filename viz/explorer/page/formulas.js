/* Formulas in MathML: templates of the table in x, z and y, filled with names or numbers. */

import { compound, data, kinds, names, operands, output } from "./graph.js";
import { h, math } from "./elements.js";
import { cut, short, typed } from "./numbers.js";
import { say } from "./words.js";

const templates = new Map();
function template(source) {
  if (!templates.has(source))
    templates.set(source, new DOMParser().parseFromString(`<math xmlns="http://www.w3.org/1998/Math/MathML">${source}</math>`, "application/xml").documentElement);
  return document.importNode(templates.get(source), true);
}

/** A formula of node i with `term(j)` in place of each node j. */
export function formula(source, i, term) {
  const [x, z] = operands[i], found = template(source);
  const places = { x, z, y: i };
  for (const mi of found.querySelectorAll("mi"))
    if (places[mi.textContent] !== undefined) putTerm(mi, term(places[mi.textContent]));
  for (const word of found.querySelectorAll("mtext")) word.textContent = say(word.textContent);
  return math("mrow", {}, ...found.childNodes);
}

/** The number that is all there is in an element, or NaN. */
const numberOf = element => element.localName === "mi" || element.querySelector("mi") ? NaN : typed(element.textContent.replace(/^\((.*)\)$/, "$1"));

/** A formula filled in, as on paper: 2 − 1 is 1, x¹ is x, x⁰ and 1·x are not written. */
export function settled(element) {
  for (const child of [...element.children]) child.replaceWith(settled(child));
  const [a, between, b] = element.children, isRow = element.localName === "mrow";
  if (isRow && element.children.length === 1) return a;
  if (isRow && b && between.textContent === "−") {
    const difference = numberOf(a) - numberOf(b);
    return Number.isNaN(difference) ? element : bare(difference);
  }
  if (isRow && b && between.textContent === "⋅") return numberOf(a) === 1 ? b : numberOf(b) === 1 ? a : element;
  if (element.localName !== "msup" || Number.isNaN(numberOf(between))) return element;
  const exponent = numberOf(between);
  if (exponent === 0 || exponent === 1) return exponent ? a : bare(1);
  between.replaceWith(bare(exponent));
  return element;
}

/** Put a term in place of a letter, its parentheses left out where there are some already. */
function putTerm(letter, found) {
  const is = (element, text) => element?.textContent === text && element.localName === "mo";
  const twice = is(letter.previousElementSibling, "(") && is(letter.nextElementSibling, ")");
  letter.replaceWith(...(twice && is(found.firstElementChild, "(") ? [found.children[1]] : [found]));
}

export const sign = text => math("mo", {}, text);
export const bare = x => {
  const text = short(x);
  if (!text.startsWith("−")) return math("mn", {}, text);
  return math("mrow", {}, math("mo", { form: "prefix", lspace: 0, rspace: 0 }, "−"), math("mn", {}, text.slice(1)));
};
export const numeral = x => short(x).startsWith("−") ? math("mrow", {}, sign("("), bare(x), sign(")")) : bare(x);
const word = i => math("mi", { mathvariant: "normal" }, cut(names[i], 24));
export const nameOf = i => kinds[i] === "constant" ? numeral(data[i]) : compound[i] ? math("mrow", {}, sign("("), word(i), sign(")")) : word(i);
export const valueOf = i => numeral(data[i]);
export const partial = i => math("mfrac", {}, math("mrow", {}, sign("∂"), nameOf(output)),
  math("mrow", {}, sign("∂"), kinds[i] === "constant" ? math("mi", {}, "c") : nameOf(i)));
/** Mathematics, in the letters of mathematics whatever the language of the page. */
export const mathematics = (...parts) => h("span", { lang: "en" }, math("math", { displaystyle: "true" }, ...parts));
export const line = (...parts) => h("div", { class: "line" }, mathematics(math("mrow", {}, ...parts)));

/** A node's name; of a constant, the number it is now. */
export const called = i => kinds[i] === "constant" ? short(data[i]) : names[i];
