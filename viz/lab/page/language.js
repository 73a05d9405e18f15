/* The language of the page: what stands in it when it is loaded, and what modules say. */

import { known } from "./kept.js";
import { byId } from "./elements.js";
import { speak } from "./words.js";
import { note, said } from "./address.js";

const tongues = Object.keys(known.languages), speakers = [];
const pageTexts = [];  // [how to set a text of the page, the text in English]

for (const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); walker.nextNode();) {
  const node = /** @type {Text} */ (walker.currentNode), english = node.data.trim();
  if (english && !node.parentElement.closest("script")) pageTexts.push([text => { node.data = node.data.replace(node.data.trim(), () => text); }, english]);
}
for (const attribute of ["aria-label", "title", "placeholder"]) for (const each of document.body.querySelectorAll(`[${attribute}]`))
  pageTexts.push([text => each.setAttribute(attribute, text), each.getAttribute(attribute)]);

/** What is known in the language that is spoken. */
export const spokenIn = () => known.languages[document.documentElement.lang];

/** Have `show` run when the language changes. */
export const onLanguage = show => speakers.push(show);

function speakIn(name) {
  if (document.documentElement.lang === name) return;
  document.documentElement.lang = name;
  const { page = {} } = spokenIn();
  speak(page);
  for (const [set, english] of pageTexts) set(page[english] ?? english);
  byId("language").value = name;
  for (const show of speakers) show();
}

const usual = tongues.includes(document.documentElement.dataset.language) ? document.documentElement.dataset.language : tongues[0];

/** Take the language from the address. */
export const restoreLanguage = () => speakIn(tongues.includes(said("lang")) ? said("lang") : usual);

export function listenLanguage() {
  byId("language").append(...tongues.map(name => Object.assign(new Option(known.languages[name].name, name), { lang: name })));
  byId("language").addEventListener("change", ({ target }) => {
    speakIn(target.value);
    note({ lang: target.value === usual ? "" : target.value });
  });
}
