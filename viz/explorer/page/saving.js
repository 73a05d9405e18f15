/* What is seen, as a file of its own. */

import { picture, view } from "./view.js";
import { h } from "./elements.js";
import { spoken } from "./cards.js";
import { state } from "./state.js";

/** The part of the picture in view as the text of an SVG: with the page's style in it, light or dark as it is. */
export function seenAsSvg() {
  const copy = picture.cloneNode(true);
  const numbers = state.picture.drawings.map(spoken).join(". ");
  for (const name of ["aria-label", "tabindex"]) copy.removeAttribute(name);
  for (const card of copy.querySelectorAll("[role], [tabindex]")) for (const name of ["role", "tabindex"]) card.removeAttribute(name);
  copy.setAttribute("role", "img");
  copy.setAttribute("width", Math.round(view.width));
  copy.setAttribute("height", Math.round(view.height));
  const place = name => document.createElementNS("http://www.w3.org/2000/svg", name);
  const [title, desc, style] = ["title", "desc", "style"].map(place);
  title.textContent = document.title;
  desc.textContent = numbers;
  style.textContent = document.querySelector("style").textContent;
  copy.prepend(title, desc, style);
  return new XMLSerializer().serializeToString(copy);
}

export function save() {
  const file = URL.createObjectURL(new Blob([seenAsSvg()], { type: "image/svg+xml" }));
  h("a", { href: file, download: "graph.svg" }).click();
  setTimeout(() => URL.revokeObjectURL(file), 10000);
}
