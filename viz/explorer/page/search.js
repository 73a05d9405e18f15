/* Search by label. */

import { kinds, names, nodes } from "./graph.js";
import { select, state } from "./state.js";
import { byId, write } from "./elements.js";
import { reveal } from "./view.js";
import { say } from "./words.js";

let matches = [];

export function search() {
  const query = byId("query").value.trim().toLowerCase();
  matches = query ? [...nodes.keys()].filter(i => kinds[i] !== "constant" && names[i].toLowerCase().includes(query)) : [];
  write(byId("match-count"), query ? say("{n} found", { n: matches.length }) : "");
  const { drawings, of } = state.picture, found = new Set(matches.map(i => of[i]));
  drawings.forEach((drawing, k) => { if (drawing.made || found.has(k)) drawing.root.classList.toggle("found", found.has(k)); });
}

export function nextMatch(event) {
  event.preventDefault();
  if (!matches.length) return;
  const i = matches[(matches.indexOf(state.selected) + 1) % matches.length];
  select(i);
  reveal(i);
}
