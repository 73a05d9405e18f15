/* Folding: a card for every part of a graph instead of for every node. */

import { spelling, wideCard } from "./drafting.js";

/** Cards of parts, and the edges between them.

    @param {object} contents of a graph
    @param {string[]} partOf for each node the name of its part; a constant's may be empty, it then goes with its user
    @param {(name: string, members: number[]) => object} describe a part's kind, title, symbol and shape
    @returns {{ cards: object[], of: number[], edges: [number, number, number][] }} */
export function foldedCards({ nodes }, partOf, describe) {
  const parts = [...partOf], last = nodes.length - 1, index = new Map(), edges = new Map();
  for (let i = last; i >= 0; i--) if (typeof nodes[i][0] === "string") for (const j of nodes[i].slice(1)) parts[j] ||= parts[i];
  for (const name of parts) if (!index.has(name)) index.set(name, index.size);
  const of = parts.map(name => index.get(name)), members = [...index].map(() => []), crossing = [...index].map(() => new Set());
  nodes.forEach(([, ...operands], i) => {
    members[of[i]].push(i);
    for (const j of operands) if (of[j] !== of[i]) {
      crossing[of[j]].add(j);
      edges.set(`${of[j]} ${of[i]}`, [of[j], of[i], 0]);
    }
  });
  crossing[of[last]].add(last);
  const cards = [...index.keys()].map((name, k) => {
    const said = describe(name, members[k]);
    return wideCard({ shape: null, ...said, values: [...crossing[k]], folded: said.symbol ? members[k].length : 1 });
  });
  return { cards, of, edges: [...edges.values()] };
}

/** Cards of the lines of a text: each name that was given stands for what computes it; null where nothing folds. */
export function lineCards(order, contents) {
  const { names, kinds } = contents, said = spelling(order, 56), last = order.length - 1;
  const found = foldedCards(contents, order.map(({ label }, i) => label || (i === last ? names[i] : "")), (name, members) => {
    const i = members.at(-1), own = said[i]?.own;
    return { kind: kinds[i], title: order[i].row ? "" : name, symbol: order[i].row ? `${name}${own ? ` = ${own}` : " = …"}` : "" };
  });
  return found.cards.length < order.filter(({ row, label }) => row || label).length ? found : null;
}
