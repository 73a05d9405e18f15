/* Keys on the picture: from card to card. */

import { point, state } from "./state.js";
import { reveal } from "./view.js";
import { choose, focusCard } from "./choosing.js";
import { foldCard } from "./picture.js";

export function walk(event) {
  const { drawings, edges, cards } = state.picture, box = event.target.closest("[data-fold]");
  if (box && ["Enter", " "].includes(event.key)) {
    event.preventDefault();
    return foldCard(Number(box.dataset.fold));
  }
  const k = Number(event.target.closest("[data-card]")?.dataset.card ?? 0);
  const next = {
    ArrowLeft: () => edges.find(([, to]) => to === k)?.[0],
    ArrowRight: () => edges.find(([from]) => from === k)?.[1],
    ArrowUp: () => neighbour(cards, k, -1),
    ArrowDown: () => neighbour(cards, k, 1),
    Enter: () => choose(drawings[k]),
    " ": () => choose(drawings[k]),
  }[event.key];
  if (!next) return;
  event.preventDefault();
  event.stopPropagation();
  const found = next();
  if (found === undefined) return;
  focusCard(drawings[found]);
  const [i] = cards[found].values;
  if (i === undefined) return;
  reveal(i);
  point(i);
}

/** The nearest card above or below that shares a column with card k. */
function neighbour(cards, k, direction) {
  const [x, y, width] = cards[k].box;
  const away = each => (cards[each].box[1] - y) * direction;
  const column = [...cards.keys()].filter(each => away(each) > 0
    && cards[each].box[0] < x + width && cards[each].box[0] + cards[each].box[2] > x);
  return column.sort((a, b) => away(a) - away(b))[0];
}
