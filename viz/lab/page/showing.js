/* What is shown of a graph, in the address: its step, how it is folded and what is open in it, and the chosen node. */

import { nodes, output, pictures } from "./graph.js";
import { follow, last, select, state } from "./state.js";
import { firstShown } from "./room.js";
import { openCard, showPicture } from "./picture.js";
import { goTo } from "./steps.js";
import { note, said } from "./address.js";

const MOST_NAMED = 60;  // opened cards that are taken from an address

const usualNode = () => state.step === last ? output : -1;  // the node that is chosen where nobody has chosen one
const shownBase = () => state.picture.base ?? state.picture;

/** Note what is shown, as far as it is not what a graph begins with. */
function noteShown() {
  const { step, selected } = state, base = shownBase(), opened = [...base.opened ?? []].map(([card, elements]) => [card, ...elements ?? []].join("."));
  note({ k: step === last ? "" : String(step), n: selected === usualNode() ? "" : String(selected),
    level: opened.length || base !== firstShown ? base.level : "", open: opened.join("_") });
}

/** Open a card, or elements of it, as an address names them; what there is not stays folded. */
function openNamed(text) {
  const [card, ...named] = text.split(".").map(Number), base = shownBase(), elements = named.filter(i => base.of[i] === card);
  if (base.cards[card]?.folded > 1 && named.length === elements.length) openCard(card, named.length ? elements : null);
}

/** What the address says now, to be shown once its graph is there.

    @returns {{ level: string, show: () => void }} */
export function shownInAddress() {
  const [step, node, level, opened] = ["k", "n", "level", "open"].map(name => said(name)), i = Number(node);
  return { level, show: () => {
    if (!state.picture) return;
    const picture = pictures.find(each => each.level === level);
    if (picture) showPicture(picture);
    new Set(opened.split("_").slice(0, MOST_NAMED).filter(Boolean)).forEach(openNamed);
    if (step) goTo(Math.trunc(Number(step)) || 0);
    if (node && Number.isInteger(i) && i >= -1 && i < nodes.length) select(i);
  } };
}

export const listenShown = () => follow("numbers selection", noteShown);
