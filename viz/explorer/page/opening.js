/* Opening: a folded card, or some elements of it, as the scalars in it; all else keeps its place beside them. */

import { kinds, labelled, measures, names, nodes, operands, ops, uses } from "./graph.js";
import { scalarCard } from "./sizes.js";

const GAP = 12, COLUMN = 56, ROOM = 14, TITLE = 18;  // between cards, between columns, around cells, over them
export const MOST_OPEN = 1500;  // scalars that are drawn of opened cards; more answer slowly, and nobody can read them

/** The scalars in a card, or in some of its elements: what these are computed from, as far as it is in the card.

    @param {{ of: number[], cards: object[] }} base picture
    @param {number[] | null} elements nodes; null for the whole card */
export function inside(base, k, elements = null) {
  if (!elements) return [...base.of.keys()].filter(i => base.of[i] === k);
  const found = new Set(elements.filter(i => base.of[i] === k)), waiting = [...found];
  while (waiting.length) for (const j of operands[waiting.pop()]) if (base.of[j] === k && !found.has(j)) { found.add(j); waiting.push(j); }
  return [...found].sort((a, b) => a - b);
}

/** Row and column in which the n-th element of a card stands: those of its array; of a loop, a block of columns a step. */
function cellOf({ shape, values }) {
  const dims = shape?.every(Number.isInteger) ? shape : [values.length], columns = dims.length > 1 ? dims.at(-1) : 1;
  const rows = dims.reduce((all, n) => all * n, 1) / columns;
  return n => {
    const step = Math.floor(n / (rows * columns)), rest = n % (rows * columns);
    return [Math.floor(rest / columns), step * columns + rest % columns];
  };
}

/** One element's scalars as a tree: what is computed later stands further right, operands one below the other. */
function tree(root, mine, taken, sizeOf) {
  const spot = new Map(), column = new Map([[root, 0]]), order = [];
  let rows = 0;
  const place = i => {
    taken.add(i);
    const fresh = operands[i].filter((j, nth) => mine.has(j) && !taken.has(j) && operands[i].indexOf(j) === nth);
    const found = fresh.map(j => taken.has(j) ? null : place(j)).filter(y => y !== null);
    const y = found.length ? found.reduce((a, b) => a + b, 0) / found.length : rows++;
    spot.set(i, y);
    order.push(i);
    return y;
  };
  place(root);
  for (const i of order.toReversed()) for (const j of operands[i]) if (spot.has(j)) column.set(j, Math.max(column.get(j) ?? 0, (column.get(i) ?? 0) + 1));
  const widths = [];
  for (const i of order) widths[column.get(i)] = Math.max(widths[column.get(i)] ?? 0, sizeOf(i)[0]);
  const right = [];
  widths.reduceRight((x, wide, c) => (right[c] = x + wide) + COLUMN, 0);
  const height = rows * (measures.two_rows + GAP) - GAP;
  const boxes = order.map(i => {
    const [wide, high] = sizeOf(i), middle = spot.get(i) * (measures.two_rows + GAP) + measures.two_rows / 2;
    return [i, [right[column.get(i)] - wide, middle - high / 2, wide, high]];
  });
  return { boxes, width: right[0], height };
}

/** Where the scalars of a card lie, with a cell for each element, as in its array.

    @returns {{ width: number, height: number, spots: [number, number[]][], cells: [string, number, number, number, number][] }} */
function laidOut(card, mine, sizeOf) {
  const inThis = new Set(mine), taken = new Set();
  const elements = card.values.map((i, n) => [i, n]).filter(([i]) => inThis.has(i)), at = cellOf(card);
  const free = mine.filter(i => !uses[i].some(([user]) => inThis.has(user)));  // what no element reads
  const roots = [...elements, ...free.filter(i => !card.values.includes(i)).map(i => [i, -1])];
  const cells = roots.filter(([i]) => !taken.has(i)).map(([i, n], k) => ({ i, ...tree(i, inThis, taken, sizeOf), at: n < 0 ? [-1 - k, 0] : at(n) }));
  const used = side => [...new Set(cells.map(cell => cell.at[side]))].sort((a, b) => a - b);
  const many = cells.length > 1, edge = many ? 2 * ROOM : 0, over = many ? TITLE : 0;
  const line = (side, size, extra) => {
    let begin = 0;
    return new Map(used(side).map(n => {
      const place = [n, begin];
      begin += Math.max(...cells.filter(cell => cell.at[side] === n).map(size)) + extra + GAP;
      return /** @type {[number, number]} */ (place);
    }));
  };
  const tops = line(0, cell => cell.height, edge + over), lefts = line(1, cell => cell.width, edge);
  /** @type {[number, number[]][]} */
  const spots = [];
  /** @type {[string, number, number, number, number][]} */
  const titled = [];
  for (const { i, at: [row, column], boxes, width, height } of cells) {
    const x = lefts.get(column), y = tops.get(row);
    if (many) titled.push([names[i], x, y, width + edge, height + edge + over]);
    for (const [j, [left, top, wide, high]] of boxes) spots.push([j, [x + left + edge / 2, y + top + edge / 2 + over, wide, high]]);
  }
  const reach = (side, length) => Math.max(...spots.map(([, box]) => box[side] + box[length])) + (many ? ROOM : 0);
  return { width: reach(0, 2), height: reach(1, 3), spots, cells: titled };
}

/** A map of one side of the plane that makes room: each stretch [from, to] becomes at least so long. */
function stretched(demands) {
  const ends = [...new Set(demands.flatMap(([from, to]) => [from, to]))].sort((a, b) => a - b), starts = [];
  let shift = 0;
  for (let k = 0; k + 1 < ends.length; k++) {
    const length = ends[k + 1] - ends[k];
    const factor = Math.max(1, ...demands.filter(([from, to]) => from <= ends[k] && to >= ends[k + 1]).map(([from, to, wanted]) => wanted / (to - from)));
    starts.push([ends[k], length, factor, shift]);
    shift += length * (factor - 1);
  }
  return x => {
    const found = starts.findLast(([from]) => from <= x);
    if (!found) return x;
    const [from, length, factor, before] = found;
    return x + before + Math.min(x - from, length) * (factor - 1);
  };
}

const curve = ([x, y, width, height], [left, top, , high]) => {
  const from = [x + width, y + height / 2], to = [left, top + high / 2], bend = Math.max(24, Math.abs(to[0] - from[0]) * .4);
  return `M${from.map(Math.round).join(" ")}C${[from[0] + bend, from[1], to[0] - bend, to[1], ...to].map(Math.round).join(" ")}`;
};

/** The picture in which some cards are open.

    @param {object} base a picture
    @param {Map<number, number[] | null>} opened by card the elements that are shown; null for all of them */
export function opening(base, opened) {
  if (!opened.size) return base;
  const graph = { kinds, labelled, measures, names, nodes, ops };
  const sizes = new Map([...opened].flatMap(([k, elements]) => inside(base, k, elements)).map(i => [i, scalarCard(graph, i)]));
  const sizeOf = i => sizes.get(i).box.slice(2), rooms = new Map();
  for (const [k, elements] of opened) {
    const mine = inside(base, k, elements), whole = mine.length === base.of.reduce((all, each) => all + Number(each === k), 0);
    const [, , wide, high] = base.cards[k].box, found = laidOut(base.cards[k], mine, sizeOf), over = whole ? TITLE + ROOM : high + 2 * ROOM;
    rooms.set(k, { ...found, whole, over, size: [Math.max(found.width, wide) + 2 * ROOM, found.height + over + ROOM] });
  }
  const demands = side => [...rooms].map(([k, { size }]) => [base.cards[k].box[side], base.cards[k].box[side] + base.cards[k].box[side + 2], size[side]]);
  const mapX = stretched(demands(0)), mapY = stretched(demands(1));
  /** @type {(box: number[]) => number[]} */
  const moved = ([x, y, width, height]) => [mapX(x + width / 2) - width / 2, mapY(y + height / 2) - height / 2, width, height];
  const cards = [], place = new Map(), boxes = base.boxes.map(([title, x, y, width, height]) => [title, mapX(x), mapY(y), mapX(x + width) - mapX(x), mapY(y + height) - mapY(y)]);
  const of = [];
  base.cards.forEach((card, k) => {
    const room = rooms.get(k);
    if (room) {
      const [x, y] = moved([...card.box.slice(0, 2).map((low, side) => low + card.box[side + 2] / 2 - room.size[side] / 2), ...room.size]);
      boxes.push([card.symbol || card.title, x, y, ...room.size, k]);
      for (const [title, left, top, wide, high] of room.cells) boxes.push([title, x + ROOM + left, y + room.over + top, wide, high]);
      for (const [i, [left, top, wide, high]] of room.spots) {
        of[i] = cards.length;
        cards.push({ ...sizes.get(i), box: [x + ROOM + left, y + room.over + top, wide, high] });
      }
      if (room.whole) return;
      place.set(k, cards.length);
      cards.push({ ...card, box: [x + ROOM, y + ROOM, ...card.box.slice(2)] });
    } else {
      place.set(k, cards.length);
      cards.push({ ...card, box: moved(card.box) });
    }
  });
  base.of.forEach((k, i) => { of[i] ??= place.get(k); });
  const isScalar = i => cards[of[i]].scalar, edges = new Map();
  for (const [from, to, nth] of base.edges) if (place.has(from) && place.has(to)) edges.set(`${place.get(from)} ${place.get(to)}`, [place.get(from), place.get(to), nth]);
  for (const user of of.keys()) operands[user].forEach((j, nth) => {
    if (of[j] !== of[user] && (isScalar(user) || isScalar(j))) edges.set(`${of[j]} ${of[user]} ${isScalar(user) ? nth : ""}`, [of[j], of[user], nth]);
  });
  const drawn = [...edges.values()].map(([from, to, nth]) => [from, to, nth, curve(cards[from].box, cards[to].box)]);
  return { level: base.level, base, size: [mapX(base.size[0]), mapY(base.size[1])], cards, of, edges: drawn, boxes };
}
