/* What is seen, as a file of its own. */

import { picture, pixels, view } from "./view.js";
import { h } from "./elements.js";
import { spoken } from "./cards.js";
import { state } from "./state.js";

/** The part of the picture in view as the text of an SVG: with the page's style in it, light or dark as it is. */
export function seenAsSvg() {
  const copy = picture.cloneNode(true);
  const numbers = state.picture.drawings.map(spoken).join(". ");
  for (const name of ["aria-label", "tabindex"]) copy.removeAttribute(name);
  for (const card of copy.querySelectorAll("[role], [tabindex]")) for (const name of ["role", "tabindex"]) card.removeAttribute(name);
  Object.assign(copy.dataset, document.documentElement.dataset);  // light or dark, where that was chosen
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

const DENSITY = 2;  // pixels of a PNG in a unit of the page, where that is not too many
const MOST_PIXELS = 4096;  // along a side

function give(file, name) {
  const url = URL.createObjectURL(file);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

export const save = () => give(new Blob([seenAsSvg()], { type: "image/svg+xml" }), "graph.svg");

/** Save what is seen as pixels, on the ground that it has in the page. */
export async function savePng() {
  const image = new Image(), longest = Math.max(view.width, view.height), scale = Math.min(DENSITY * pixels().width / view.width, MOST_PIXELS / longest);
  image.src = `data:image/svg+xml,${encodeURIComponent(seenAsSvg())}`;
  await image.decode();
  const canvas = Object.assign(h("canvas"), { width: Math.round(view.width * scale), height: Math.round(view.height * scale) }), context = canvas.getContext("2d");
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--sheet");
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  canvas.toBlob(file => give(file, "graph.png"), "image/png");
}
