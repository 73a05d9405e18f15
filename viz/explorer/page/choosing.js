/* A card is chosen: its node is selected, or what is folded in it shown. */

import { pictures } from "./graph.js";
import { select, state } from "./state.js";
import { spoken } from "./cards.js";
import { cardOf, lookAt } from "./view.js";
import { showPicture } from "./picture.js";

/** Click on a card: select its node; a folded one with nodes inside opens at the second click. */
export function choose(drawing) {
  if (!drawing) return select(-1);
  const [i] = drawing.card.values;
  if (drawing.card.folded > 1 && state.selected === i) return open(drawing.card);
  focusCard(drawing, false);
  select(i);
}

/** From a folded card to the scalar nodes in it. */
function open(card) {
  const k = state.picture.cards.indexOf(card), inside = state.picture.of.flatMap((each, i) => each === k ? [i] : []);
  showPicture(pictures[0]);
  const boxes = inside.map(i => cardOf(i).box);
  const [x, y] = [0, 1].map(side => Math.min(...boxes.map(box => box[side])));
  const [right, bottom] = [0, 1].map(side => Math.max(...boxes.map(box => box[side] + box[side + 2])));
  lookAt([x, y, right - x, bottom - y]);
}

export function focusCard(drawing, really = true) {
  for (const each of state.picture.drawings) if (each.root.tabIndex === 0) each.root.setAttribute("tabindex", "-1");
  drawing.root.setAttribute("tabindex", "0");
  drawing.root.setAttribute("aria-label", spoken(drawing));
  if (really) drawing.root.focus({ preventScroll: true });
}
