/* A card is chosen: its node is selected, or what is folded in it shown. */

import { select, state } from "./state.js";
import { spoken } from "./cards.js";
import { bring, openCard } from "./picture.js";

/** Click on a card: select its node; a folded one with nodes inside opens in its place at the second click. */
export function choose(drawing) {
  const [i] = drawing?.card.values ?? [];
  if (i === undefined) return select(-1);
  if (drawing.card.folded > 1 && state.selected === i) return openCard(drawing.card.number);
  focusCard(drawing, false);
  select(i);
}

export function focusCard(drawing, really = true) {
  state.picture.focused.setAttribute("tabindex", "-1");
  drawing.root.setAttribute("tabindex", "0");
  state.picture.focused = drawing.root;
  bring(drawing);
  drawing.root.setAttribute("aria-label", spoken(drawing));
  if (really) drawing.root.focus({ preventScroll: true });
}
