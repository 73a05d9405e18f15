/* How large cards are: as viz/explorer/card_size.py has it, by its measures. */

import { cut } from "./numbers.js";

/** Columns of a text: Chinese, Korean and the like are twice as wide. */
export const columns = text => [...text].reduce((all, sign) => all + (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/.test(sign) ? 2 : 1), 0);

/** The card of a node, as large as its texts need, and not yet in its place; of a graph as contents.py tells it. */
export function scalarCard({ nodes, names, kinds, ops, labelled, measures }, i) {
  const [first] = nodes[i], symbol = typeof first === "string" ? ops[first].symbol : "", constant = kinds[i] === "constant", title = cut(names[i], measures.title);
  const disc = symbol ? measures.character * columns(symbol) + measures.padding : 0;
  const tall = Boolean(measures.tall), name = constant ? 0 : measures.character * Math.max(tall ? 0 : 5, columns(title));
  const width = disc + (tall ? Math.max(name, measures.number) : name + measures.number) + measures.padding;
  return { tall, kind: kinds[i], title, unlabelled: !labelled[i], symbol, disc: Math.round(disc), box: [0, 0, Math.round(width), constant ? measures.one_row : measures.two_rows],
    values: [i], shape: null, folded: 1, scalar: true };
}
