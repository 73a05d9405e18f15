/* Elements. Text only ever enters as text. */

import { work } from "./graph.js";

/** @type {(id: string) => any} */
export const byId = id => document.getElementById(id);

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter(each => each != null));
  return element;
}
/** @type {(space: string) => (name: string, attributes?: Record<string, any>, ...children: any[]) => any} */
const creator = space => (name, attributes = {}, ...children) =>
  fill(document.createElementNS(space, name), attributes, children);
export const h = creator("http://www.w3.org/1999/xhtml");
export const svg = creator("http://www.w3.org/2000/svg");
export const math = creator("http://www.w3.org/1998/Math/MathML");

/** Set a text that is different from before, and count it: the page's cost is in its texts. */
export function write(element, text) {
  if (element.textContent === text) return;
  element.textContent = text;
  work.written++;
}
