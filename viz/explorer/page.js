// The explorer. `rows` and `m` stand above: the table of operations, generated from Python's.
(() => {
const byId = id => document.getElementById(id);
const { nodes, names, kinds, ops, pictures, groups } = JSON.parse(byId("contents").textContent);

/* The graph: values, local derivatives, gradients. Nodes are numbers in topological order. */

const output = nodes.length - 1;
const isLeaf = i => typeof nodes[i][0] === "number";
const operands = nodes.map((node, i) => isLeaf(i) ? [] : node.slice(1));
const uses = nodes.map(() => []);  // of each node: [user, which of its operands]
operands.forEach((each, user) => each.forEach((i, place) => uses[i].push([user, place])));
const leaves = [...nodes.keys()].filter(isLeaf);
const made = [...nodes.keys()].filter(i => !isLeaf(i));
const turn = new Map(made.map((i, k) => [i, k]));

const data = Float64Array.from(nodes, node => typeof node[0] === "number" ? node[0] : NaN);
const local = nodes.map(() => []);  // ∂node/∂operand
const work = { evaluated: 0, written: 0 };  // what the latest change cost: operations, texts

/** Compute everything downstream of the changed nodes, and its local derivatives. */
function evaluate(changed) {
  const dirty = new Set(changed);
  work.evaluated = 0;
  for (const i of made) {
    if (!operands[i].some(j => dirty.has(j))) continue;
    const rule = rows[nodes[i][0]], x = operands[i].map(j => data[j]);
    data[i] = rule.forward(...x);
    local[i] = rule.partials(...x, data[i]);
    dirty.add(i);
    work.evaluated++;
  }
}

/** Gradients after so many turns of the backward pass, and how many parts of each have arrived. */
function differentiate(turns) {
  const grad = new Float64Array(nodes.length), arrived = new Int32Array(nodes.length);
  if (turns >= 0) grad[output] = Number.isFinite(data[output]) ? 1 : NaN;
  for (let k = 0; k < turns; k++) {
    const i = made[made.length - 1 - k];
    operands[i].forEach((j, place) => {
      grad[j] += grad[i] * local[i][place];
      arrived[j]++;
    });
  }
  return { grad, arrived };
}

/** The first operation without a finite result, or undefined. */
const broken = () => made.find(i => !Number.isFinite(data[i]) && operands[i].every(j => Number.isFinite(data[j])));

/* Steps: 0 knows the leaves; then one a forward operation, the seed ∂y/∂y = 1, one a backward turn. */

const seed = made.length + 1, last = 2 * made.length + 1;
const nodeAt = step => step === 0 ? -1 : step < seed ? made[step - 1] : step === seed ? output : made[last - step];
const state = { step: last, selected: output, cell: null, hovered: -1, picture: null, timer: 0 };
let shown = null;  // gradients at this step
let version = 0;  // of the numbers; cards out of view are written when they come into it

/** At the end, once one looks at something: there is no current step to show. */
const isAtRest = () => state.step === last && state.selected >= 0;
const isKnown = i => isLeaf(i) || turn.get(i) < state.step;
const hasGrad = i => state.step >= seed && (i === output || shown.arrived[i] > 0);
const isComplete = i => hasGrad(i) && shown.arrived[i] === uses[i].length;

/* Elements. Text only ever enters as text. */

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter(each => each != null));
  return element;
}
const creator = space => (name, attributes = {}, ...children) =>
  fill(document.createElementNS(space, name), attributes, children);
const h = creator("http://www.w3.org/1999/xhtml");
const svg = creator("http://www.w3.org/2000/svg");
const math = creator("http://www.w3.org/1998/Math/MathML");

/** Set a text that is different from before, and count it: the page's cost is in its texts. */
function write(element, text) {
  if (element.textContent === text) return;
  element.textContent = text;
  work.written++;
}

/* Numbers. */

function format(x, digits = 4) {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "–" : x > 0 ? "∞" : "−∞";
  const size = Math.abs(x);
  if (size && (size < 10 ** -digits || size >= 1e5)) return x.toExponential(digits - 1).replaceAll("-", "−");
  const whole = String(Math.trunc(size)).length;
  const text = (x + 0).toFixed(Math.max(0, digits - Math.max(0, whole - 2)));
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}
const short = x => format(x).replace(/(\.\d*?)0+(?=e|$)/, "$1").replace(/\.(?=e|$)/, "");
const range = (numbers, digits = 2) => numbers.length === 1 ? format(numbers[0])
  : `${format(Math.min(...numbers), digits)} … ${format(Math.max(...numbers), digits)}`;
const plural = (n, one, many = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
const cut = (text, longest) => text.length > longest ? `${text.slice(0, longest - 1)}…` : text;

/** The number someone typed, or NaN. */
const typed = text => text.trim() === "" ? NaN : Number(text.trim().replace("−", "-").replace(",", "."));

/* Formulas in MathML: templates of the table in x, z and y, filled with names or numbers. */

const templates = new Map();
function template(source) {
  if (!templates.has(source))
    templates.set(source, new DOMParser().parseFromString(source, "application/xml").documentElement);
  return document.importNode(templates.get(source), true);
}

/** A formula of node i with `term(j)` in place of each node j. */
function formula(source, i, term) {
  const [x, z] = operands[i], found = template(source);
  const places = { x, z, y: i };
  for (const mi of found.querySelectorAll("mi"))
    if (places[mi.textContent] !== undefined) place(mi, term(places[mi.textContent]));
  return math("mrow", {}, ...found.childNodes);
}

/** Put a term in place of a letter, its parentheses left out where there are some already. */
function place(letter, found) {
  const is = (element, text) => element?.textContent === text && element.localName === "mo";
  const twice = is(letter.previousElementSibling, "(") && is(letter.nextElementSibling, ")");
  letter.replaceWith(...(twice && is(found.firstElementChild, "(") ? [found.children[1]] : [found]));
}

const sign = text => math("mo", {}, text);
const bare = x => {
  const text = short(x);
  if (!text.startsWith("−")) return math("mn", {}, text);
  return math("mrow", {}, math("mo", { form: "prefix", lspace: 0, rspace: 0 }, "−"), math("mn", {}, text.slice(1)));
};
const numeral = x => short(x).startsWith("−") ? math("mrow", {}, sign("("), bare(x), sign(")")) : bare(x);
const nameOf = i => kinds[i] === "constant" ? numeral(data[i]) : math("mi", { mathvariant: "normal" }, cut(names[i], 24));
const valueOf = i => numeral(data[i]);
const partial = i => math("mfrac", {}, math("mrow", {}, sign("∂"), nameOf(output)),
  math("mrow", {}, sign("∂"), kinds[i] === "constant" ? math("mi", {}, "c") : nameOf(i)));
const line = (...parts) => h("div", { class: "line" }, math("math", { displaystyle: true }, math("mrow", {}, ...parts)));

/* The picture: cards, edges, boxes. */

const picture = byId("picture");

function drawn(source) {
  if (source.root) return source;
  source.root = svg("g", {}, ...source.boxes.map(drawBox));
  source.paths = source.edges.map(([, , , d]) => svg("path", { class: "edge", d }));
  source.drawings = source.cards.map(drawCard);
  source.pills = svg("g");
  source.root.append(...source.paths, ...source.drawings.map(each => each.root), source.pills);
  source.drawings[0].root.setAttribute("tabindex", "0");
  return source;
}

const drawBox = ([title, x, y, width, height]) => svg("g", { class: "box" },
  svg("rect", { x, y, width, height, rx: 10 }), svg("text", { x: x + 10, y: y + 16 }, title));

/** A card: its operation dark, its shape telling its kind, its title and numbers. */
function drawCard(card, k) {
  const [x, y, width, height] = card.box, folded = card.folded > 1;
  const leaf = card.values.length === 1 && isLeaf(card.values[0]) && !folded;
  const dark = card.symbol && !folded ? 7.6 * [...card.symbol].length + 18 : 0;
  const left = x + Math.max(0, dark - 10), right = x + width;
  const parts = {
    value: svg("text", { class: "number", x: right - 9 }),
    grad: svg("text", { class: "number grad", x: right - 9, y: y + height - 10 }),
    of: svg("text", { class: "of", x: x + dark + 9, y: y + height - 10 }),
    tip: svg("title"),
  };
  parts.value.setAttribute("y", folded || card.kind !== "constant" ? y + height - 26 : y + 17);
  const shape = { x: left, y, width: right - left, height, class: "shape" };
  const rounded = card.kind === "result" || card.kind === "output" ? 9 : 0;
  const root = svg("g", { class: `card ${card.kind}${leaf ? " leaf" : ""}`, role: "button", tabindex: -1, "data-card": k },
    parts.tip,
    card.kind === "parameter" && svg("path", { class: "shape", d: `M${left} ${y}l5-5H${right + 5}V${y + height - 5}l-5 5z` }) || null,
    card.kind === "output" ? svg("rect", { ...shape, x: left - 3, y: y - 3, width: right - left + 6, height: height + 6, rx: 12 }) : null,
    svg("rect", { ...shape, rx: rounded }),
    svg("rect", { class: "ring", x: x - 5, y: y - 6, width: width + 11, height: height + 12, rx: 12 }),
    ...heading(card, x, y, dark, right, folded, rounded), parts.value, parts.grad, parts.of);
  return { root, ...parts, card };
}

function heading(card, x, y, dark, right, folded, rounded) {
  const shape = card.shape ? svg("tspan", { class: "made" }, card.shape.length > 1 ? ` ${card.shape.join("×")}` : ` ×${card.shape[0]}`) : null;
  const title = (top, text, made) => card.kind === "constant" && !folded ? null
    : svg("text", { class: made ? "title made" : "title", x: x + dark + 9, y: top }, text, shape);
  if (folded) return [
    svg("rect", { class: "disc", x, y, width: right - x, height: 23, rx: rounded }),
    svg("text", { class: "heading", x: x + 9, y: y + 16 }, card.symbol),
    title(y + 38, card.title || "data", !card.title),
  ];
  const middle = y + card.box[3] / 2;
  return [
    card.symbol ? svg("rect", { class: "disc", x, y: middle - 12, width: dark, height: 24, rx: 12 }) : null,
    card.symbol ? svg("text", { class: "symbol", x: x + dark / 2, y: middle + 4.5 }, card.symbol) : null,
    title(y + 16, card.title, card.unlabelled),
  ].filter(Boolean);
}

/** Write the cards in view, unless they are up to date, or too small to read. */
function writeCards() {
  const far = pixels().width / view.width < .3 && !printing.matches;
  state.picture.root.classList.toggle("far", far);
  for (const drawing of state.picture.drawings) {
    const [x, y, width, height] = drawing.card.box;
    const seen = x < view.x + view.width && x + width > view.x && y < view.y + view.height && y + height > view.y;
    if (far || !seen || drawing.version === version) continue;
    drawing.version = version;
    writeCard(drawing);
  }
}

/** Write a card's numbers, as far as this step knows them. */
function writeCard({ value, grad, of, tip, card }) {
  const values = card.values, known = values.every(isKnown), some = values.some(hasGrad);
  write(value, known ? range(values.map(i => data[i])) : "");
  write(tip, describe(card));
  if (card.kind === "constant" && card.folded === 1) return;
  write(grad, some ? range(values.map(i => shown.grad[i])) : "");
  const [i] = values, parts = uses[i].length;
  write(of, values.length === 1 && parts > 1 && some && !isComplete(i) ? `grad ${shown.arrived[i]} of ${parts}` : "grad");
}

function describe(card) {
  const what = card.values.length === 1 && card.folded === 1 ? called(card.values[0]) : `${card.title} ${card.folded > 1 ? card.symbol : ""}`;
  return `${what.trim()}, ${card.kind}${card.folded > 1 ? `, ${plural(card.folded, "node")}, click again to look inside` : ""}`;
}

/** What a screen reader says of a card that has the focus. */
function spoken({ card }) {
  const values = card.values, say = (word, numbers) => `, ${word} ${range(numbers)}`;
  return describe(card) + (values.every(isKnown) ? say("value", values.map(i => data[i])) : ", not computed yet")
    + (values.some(hasGrad) ? say("gradient", values.map(i => shown.grad[i])) : "");
}

function showPicture(source) {
  state.picture = drawn(source);
  picture.replaceChildren(source.root);
  for (const button of byId("levels").children)
    button.setAttribute("aria-pressed", button.textContent === source.level);
  home();
  refresh();
}

/** Colour the edges of the current step, and in the backward pass write what flows along them. */
function showFlow() {
  const { edges, paths, of, pills } = state.picture;
  const current = nodeAt(state.step), flowing = state.step !== seed && current >= 0 && !isAtRest();
  const level = state.picture === pictures[0];
  pills.replaceChildren();
  for (const path of state.picture.root.querySelectorAll(".flow")) path.classList.remove("flow");
  edges.forEach(([from, to, place], k) => {
    if (!flowing || to !== of[current] || !operands[current].some(j => of[j] === from)) return;
    paths[k].classList.add("flow");
    if (level && state.step > seed) pills.append(pill(paths[k], shown.grad[to] * local[to][place]));
  });
}

function pill(path, amount) {
  const { x, y } = path.getPointAtLength(path.getTotalLength() * .5), text = format(amount);
  const width = text.length * 6.6 + 10;
  return svg("g", { class: "pill" }, svg("rect", { x: x - width / 2, y: y - 9, width, height: 18, rx: 9 }),
    svg("text", { x, y: y + 4 }, text));
}

/* Where one looks: the part of the picture in view, in its own units. */

const printing = matchMedia("print");
const view = { x: 0, y: 0, width: 1, height: 1 };
const pixels = () => {
  const { width, height } = picture.getBoundingClientRect();
  return { width: width || 1, height: height || 1 };
};

function look(x, y, width) {
  const size = pixels();
  const whole = state.picture.size[0] + state.picture.size[1] + 1000;
  width = Math.min(Math.max(width, 60), whole * 2);
  Object.assign(view, { x, y, width, height: width * size.height / size.width });
  picture.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
  if (shown) writeCards();
}

/** Look at a rectangle, no closer than life-size times `closest`. */
function lookAt([x, y, width, height], closest = 1.25, margin = 24) {
  const size = pixels();
  const wide = Math.max(width + 2 * margin, (height + 2 * margin) * size.width / size.height, size.width / closest);
  look(x + width / 2 - wide / 2, y + height / 2 - wide * size.height / size.width / 2, wide);
}

const fit = () => lookAt([0, 0, ...state.picture.size]);

/** Whether a picture can be read when all of it is in view. */
function isReadable({ size: [width, height] }) {
  const room = pixels();
  return Math.min(room.width / (width + 48), room.height / (height + 48)) >= .5;
}

/** The whole graph where it can be read, else its end. */
function home() {
  fit();
  if (isReadable(state.picture)) return;
  const [x, y, width, height] = cardOf(output).box, wide = pixels().width / .8;
  look(x + width + 40 - wide, y + height / 2 - wide * pixels().height / pixels().width / 2, wide);
}

function zoom(factor, x = view.x + view.width / 2, y = view.y + view.height / 2) {
  const before = view.width;
  look(view.x, view.y, view.width * factor);
  const real = view.width / before;
  look(x - (x - view.x) * real, y - (y - view.y) * real, view.width);
}

const cardOf = i => state.picture.cards[state.picture.of[i]];

/** Move the view, if a node is outside it, so that the node is in the middle. */
function reveal(i) {
  const [x, y, width, height] = cardOf(i).box;
  if (x > view.x && x + width < view.x + view.width && y > view.y && y + height < view.y + view.height) return;
  look(x + width / 2 - view.width / 2, y + height / 2 - view.height / 2, view.width);
}

const at = event => {
  const box = picture.getBoundingClientRect();
  return [view.x + (event.clientX - box.left) / box.width * view.width, view.y + (event.clientY - box.top) / box.height * view.height];
};

/* Pointers on the picture: drag the ground to pan, a leaf to change it, two fingers to zoom. */

const pointers = new Map();
let drag = null;

function pointerDown(event) {
  const drawing = state.picture.drawings[event.target.closest("[data-card]")?.dataset.card];
  pointers.set(event.pointerId, event);
  picture.setPointerCapture(event.pointerId);
  const leaf = drawing?.root.classList.contains("leaf") ? drawing.card.values[0] : -1;
  drag = { x: event.clientX, y: event.clientY, drawing, leaf, from: data[leaf], moved: false };
}

function pointerMove(event) {
  const before = pointers.get(event.pointerId);
  if (!before) return hover(event);
  pointers.set(event.pointerId, event);
  if (pointers.size > 1) return pinch(before, event);
  if (!drag.moved && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < 4) return;
  drag.moved = true;
  if (drag.leaf >= 0) return scrub(event);
  const scale = view.width / pixels().width;
  look(view.x - (event.clientX - before.clientX) * scale, view.y - (event.clientY - before.clientY) * scale, view.width);
}

function pinch(before, event) {
  const other = [...pointers.values()].find(each => each.pointerId !== event.pointerId);
  const gap = each => Math.hypot(each.clientX - other.clientX, each.clientY - other.clientY) || 1;
  drag.moved = true;
  zoom(gap(before) / gap(event), ...at(other));
}

function scrub(event) {
  if (state.selected !== drag.leaf) select(drag.leaf);
  const unit = Math.max(Math.abs(drag.from), .5) / 100;
  const digits = Math.max(0, 1 - Math.floor(Math.log10(unit)));
  soon(() => setLeaves([[drag.leaf, Number((drag.from + (event.clientX - drag.x) * unit).toFixed(Math.min(digits, 20)))]]));
}

function pointerUp(event) {
  pointers.delete(event.pointerId);
  if (drag && !drag.moved && event.type === "pointerup") choose(drag.drawing);
}

/** Click on a card: select its node; a folded one with nodes inside opens at the second click. */
function choose(drawing) {
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

function hover(event) {
  const drawing = state.picture.drawings[event.target.closest?.("[data-card]")?.dataset.card];
  point(drawing ? drawing.card.values[0] : -1);
}

let pending = null;
/** Run the latest of several changes before the next frame. */
function soon(change) {
  if (!pending) requestAnimationFrame(() => { const run = pending; pending = null; run(); });
  pending = change;
}

/* Keys on the picture. */

function focusCard(drawing, really = true) {
  for (const each of state.picture.drawings) if (each.root.tabIndex === 0) each.root.setAttribute("tabindex", "-1");
  drawing.root.setAttribute("tabindex", "0");
  drawing.root.setAttribute("aria-label", spoken(drawing));
  if (really) drawing.root.focus({ preventScroll: true });
}

function walk(event) {
  const { drawings, edges, cards } = state.picture;
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

/* Changing numbers. */

let good = Float64Array.from(leaves, i => data[i]);  // the latest leaves that everything could be computed from
let before = NaN;  // the output before the latest step downhill

/** Give leaves new numbers, [[node, number], …]; everything that depends on them follows. */
function setLeaves(pairs) {
  const changed = pairs.filter(([i, x]) => data[i] !== x);
  for (const [i, x] of changed) data[i] = x;
  evaluate(changed.map(([i]) => i));
  refresh();
  const wrong = broken();
  if (wrong === undefined) good = Float64Array.from(leaves, i => data[i]);
  alarm(wrong === undefined ? "" : complaint(wrong), undo);
}

function complaint(i) {
  const numbers = operands[i].map(j => kinds[j] === "constant" ? short(data[j]) : `${cut(names[j], 40)} = ${short(data[j])}`);
  const what = Number.isNaN(data[i]) ? "is outside its domain" : "has no finite value";
  return `${nodes[i][0]}(${numbers.join(", ")}) ${what}. What depends on it shows “–” or “∞” until you change the numbers.`;
}

function alarm(text, remedy) {
  const box = byId("alert");
  box.hidden = !text;
  box.replaceChildren(text, ...(text && remedy ? [h("button", { type: "button", onclick: remedy }, "Undo")] : []));
}

const undo = () => setLeaves(leaves.map((i, k) => [i, good[k]]));

function reset() {
  before = NaN;
  setLeaves(leaves.map(i => [i, nodes[i][0]]));
}

/** The leaves that learning moves: parameters, or without any the inputs, or every leaf. */
const movable = ["parameter", "input"].map(kind => leaves.filter(i => kinds[i] === kind)).find(each => each.length) ?? leaves;

function downhill() {
  const rate = typed(byId("rate").value), { grad } = differentiate(made.length);
  byId("rate").setAttribute("aria-invalid", !Number.isFinite(rate));
  if (!Number.isFinite(rate)) return alarm("The learning rate is a number such as 0.1.");
  const moved = movable.map(i => [i, data[i] - rate * grad[i]]);
  if (!moved.every(([, x]) => Number.isFinite(x))) return alarm("There is no finite gradient to follow from here.", undo);
  before = data[output];
  setLeaves(moved);
}

/* Steps and selection. */

function goTo(step) {
  state.step = Math.min(Math.max(step, 0), last);
  state.selected = -1;
  refresh();
  reveal(Math.max(nodeAt(state.step), 0));
}

function play() {
  const running = state.timer;
  pause();
  if (running) return;
  if (state.step === last) goTo(0);
  state.timer = setInterval(() => {
    goTo(state.step + 1);
    if (state.step === last) pause();
  }, Math.min(Math.max(30000 / last, 80), 800));
  showPlay();
}

function pause() {
  clearInterval(state.timer);
  state.timer = 0;
  showPlay();
}

function showPlay() {
  byId("play").querySelector("path").setAttribute("d", state.timer ? "M4 3h3v10H4zM9 3h3v10H9z" : "M4 2.5v11L13 8z");
  byId("play").setAttribute("aria-label", state.timer ? "Pause" : "Play");
}

function select(i) {
  state.selected = i;
  showFlow();
  showNode();
  light();
}

function point(i) {
  if (state.hovered === i && !state.cell) return;
  Object.assign(state, { hovered: i, cell: null });
  light();
}

/** Bring everything up to date after a change of numbers or of the step. */
function refresh() {
  work.written = 0;
  version++;
  shown = differentiate(state.step - seed);
  for (const { root, card } of state.picture.drawings) root.classList.toggle("waiting", !card.values.every(isKnown));
  writeCards();
  grids.forEach(writeGrid);
  showFlow();
  showStep();
  showNode();
  light();
}

function showStep() {
  const i = nodeAt(state.step), name = i < 0 ? "" : h("b", {}, cut(names[i], 60)), slider = byId("step");
  slider.value = state.step;
  const turnNumber = state.step < seed ? state.step : state.step - seed;
  const pass = `${state.step < seed ? "Forward" : "Backward"}, ${turnNumber} of ${made.length}: `;
  byId("where").replaceChildren(...(
    state.step === 0 ? ["Start: the leaves hold their numbers."]
    : state.step < seed ? [pass, "compute ", name, ` by ${nodes[i][0]}.`]
    : state.step === seed ? ["Backward begins: the gradient of ", name, " with respect to itself is 1."]
    : [pass, name, ` hands its gradient to ${operands[i].length === 1 ? "its operand" : "its operands"}.`]));
  slider.setAttribute("aria-valuetext", byId("where").textContent);
  byId("first").disabled = byId("back").disabled = state.step === 0;
  byId("last").disabled = byId("next").disabled = state.step === last;
  const change = Number.isFinite(before) ? h("small", {}, ` was ${format(before)}`) : null;
  byId("loss").replaceChildren(`${cut(names[output], 20)} = ${format(data[output])}`, ...(change ? [change] : []));
}

/* The node in words and formulas. */

const panel = { head: h("div"), editor: h("div", { class: "leaf-value" }), body: h("div", { class: "parts" }), leaf: -1 };

function showNode() {
  const i = state.selected >= 0 ? state.selected : nodeAt(state.step);
  showEditor(i >= 0 && isLeaf(i) ? i : -1);
  if (i < 0) {
    panel.head.replaceChildren(h("h2", {}, "Leaves"), h("p", { class: "kind" },
      "These are the numbers everything is computed from. Step forward, or change one: drag its card, or choose it and type."));
    panel.body.replaceChildren(...leafList());
    return;
  }
  const what = isLeaf(i) ? kinds[i] : `${kinds[i]} of ${nodes[i][0]}`;
  panel.head.replaceChildren(h("h2", {}, called(i)), h("p", { class: "kind" }, what + (uses[i].length > 1 ? `, used ${uses[i].length} times` : "")));
  panel.body.replaceChildren(...[forwardPart(i), gradientPart(i), handsPart(i)].filter(Boolean));
}

function showEditor(i) {
  panel.editor.hidden = i < 0;
  if (i < 0) { panel.leaf = -1; return; }
  if (panel.leaf !== i) buildEditor(i);
  const { text, slider } = panel;
  if (document.activeElement !== text) text.value = String(data[i]);
  if (document.activeElement !== slider || Number(slider.value) !== data[i]) slider.value = data[i];
}

function buildEditor(i) {
  const reach = 2 * Math.max(1, Math.abs(data[i]));
  panel.leaf = i;
  panel.text = h("input", { id: "leaf", inputmode: "decimal", autocomplete: "off", onchange: edit, oninput: edit });
  panel.slider = h("input", { type: "range", min: data[i] - reach, max: data[i] + reach, step: "any", "aria-label": `Drag ${called(i)}`,
    oninput: () => { const x = Number(Number(panel.slider.value).toPrecision(4)); soon(() => setLeaves([[i, x]])); } });
  panel.editor.replaceChildren(h("label", { for: "leaf" }, "value"), panel.text, panel.slider);
  function edit(event) {
    const x = typed(panel.text.value), wrong = !Number.isFinite(x);
    panel.text.setAttribute("aria-invalid", wrong);
    if (!wrong) setLeaves([[i, x]]);
    else if (event.type === "change") alarm(`“${cut(panel.text.value, 40)}” is not a finite number, so ${cut(called(i), 40)} stays ${short(data[i])}.`);
  }
}

function leafList() {
  const first = leaves.filter(i => kinds[i] !== "constant").slice(0, 40);
  return first.map(i => h("p", {}, chooser(i), ` = ${short(data[i])}`));
}

/** A node's name; of a constant, the number it is now. */
const called = i => kinds[i] === "constant" ? short(data[i]) : names[i];
const chooser = i => h("button", { class: "link", type: "button", onclick: () => { select(i); reveal(i); } },
  cut(called(i), 60));

function forwardPart(i) {
  if (isLeaf(i)) return null;
  const { formula: source } = ops[nodes[i][0]];
  if (!isKnown(i)) return h("div", {}, h("h3", {}, "Value"), line(nameOf(i), sign("="), formula(source, i, nameOf)), "not computed yet");
  return h("div", {}, h("h3", {}, "Value"),
    line(nameOf(i), sign("="), formula(source, i, nameOf)),
    line(sign("="), formula(source, i, valueOf)),
    h("p", { class: "big" }, `= ${short(data[i])}`));
}

function gradientPart(i) {
  const title = h("h3", {}, "Gradient");
  if (!hasGrad(i)) return h("div", {}, title, h("p", {}, state.step >= seed && !uses[i].length ? "" : "arrives in the backward pass"));
  const parts = uses[i].length, got = shown.arrived[i];
  const sum = h("p", { class: "big" }, math("math", { displaystyle: true }, partial(i)), ` = ${short(shown.grad[i])} `,
    h("small", {}, i === output ? "by definition" : parts > 1 ? `${got} of ${parts} parts have arrived` : ""));
  return h("div", {}, title, sum, ...(parts > 1 ? [pips(got, parts), arrivals(i)] : []));
}

const pips = (got, parts) => parts > 24 ? null
  : h("p", { class: "pips", "aria-hidden": "true" }, "●".repeat(got) + "○".repeat(parts - got));

/** Where the parts of a gradient came from. */
function arrivals(i) {
  const came = uses[i].filter(([user]) => state.step - seed > made.length - 1 - turn.get(user));
  const rest = came.length - 12;
  return h("ul", { class: "sum" }, ...came.slice(0, 12).map(([user, place]) =>
    h("li", {}, `${short(shown.grad[user] * local[user][place])} from `, chooser(user))),
    rest > 0 ? h("li", {}, `and ${rest} more`) : null);
}

/** What the node hands to each operand in its turn of the backward pass. */
function handsPart(i) {
  if (isLeaf(i)) return null;
  const done = state.step - seed > made.length - 1 - turn.get(i);
  if (!done && !(hasGrad(i) && isComplete(i))) return null;
  return h("div", {}, h("h3", {}, done ? "It hands to its operands" : "In its turn it will hand to its operands"),
    h("ul", { class: "parts" }, ...operands[i].map((j, place) => handed(i, j, place, done))));
}

function handed(i, j, place, done) {
  const amount = shown.grad[i] * local[i][place], now = done && nodeAt(state.step) === i;
  const parts = uses[j].length, before = shown.grad[j] - amount;
  return h("li", { class: now ? "now" : "" }, kinds[j] === "constant" ? "to the constant " : "to ", chooser(j),
    line(partial(i), sign("·"), grouped(formula(ops[nodes[i][0]].partials[place], i, nameOf))),
    line(sign("="), numeral(shown.grad[i]), sign("·"), numeral(local[i][place]), sign("="), bare(amount)),
    now && parts > 1 ? h("p", { class: "sum" }, shown.arrived[j] > 1 ? `${short(before)} so far, ` : "",
      `now ${short(shown.grad[j])}: ${shown.arrived[j]} of ${parts} parts`) : null);
}

/** In parentheses, if it is a sum. */
const grouped = row => /[+−]/.test(row.querySelector(":scope > mrow > mo, :scope > mo")?.textContent ?? "")
  ? math("mrow", {}, sign("("), row, sign(")")) : row;

/* The matrix view. */

const grids = groups.flatMap(group => group.grids);
const places = new Map();  // node -> [grid, row, column] of its cells
grids.forEach(grid => grid.nodes.forEach((i, k) => {
  if (i >= 0) places.set(i, [...(places.get(i) ?? []), [grid, Math.floor(k / grid.shape[1]), k % grid.shape[1]]]);
}));
const owner = new Map();  // node without a cell -> the nodes with a cell that it helps to compute

const nodeIn = (grid, row, column) => grid.nodes[row * grid.shape[1] + column];
const letters = (grid, row, column) => ({ [grid.index[0]]: row, [grid.index[1]]: column });
const elementName = (name, index) => index.length ? `${name}[${index.join(",")}]` : name;
const cellName = (grid, row, column, gradient) =>
  elementName((gradient ? "d" : "") + cut(grid.name, 40), [row, column].slice(0, grid.index.length));

/** The scalar nodes behind a cell: those that only it needs, and the cells these lead to. */
function behind(i, gradient) {
  const lit = new Set([i]), near = new Set(), stack = [i];
  while (stack.length) {
    const j = stack.pop(), next = gradient ? uses[j].map(([user]) => user) : operands[j];
    if (gradient && j === i) next.flatMap(k => operands[k]).filter(k => places.has(k) && k !== i).forEach(k => near.add(k));
    for (const k of next) {
      if (places.has(k)) near.add(k);
      else if (!lit.has(k)) { lit.add(k); stack.push(k); }
    }
  }
  return { lit, near };
}

function buildArrays() {
  for (const i of places.keys())
    for (const j of behind(i, false).lit) if (!places.has(j)) owner.set(j, [...(owner.get(j) ?? []), i]);
  byId("arrays").hidden = !groups.length;
  byId("groups").append(...groups.map(group => h("div", { class: "group" }, h("h3", {}, group.title),
    h("div", { class: "grids" }, ...group.grids.map(grid => h("div", { class: "pair" }, table(grid, false), table(grid, true)))))));
}

function table(grid, gradient) {
  const [rows, columns] = grid.shape, name = (gradient ? "d" : "") + cut(grid.name, 40);
  const cells = Array.from({ length: rows }, (_, row) => Array.from({ length: columns }, (_, column) =>
    h("td", { tabindex: row + column ? -1 : 0, role: "gridcell", onfocus: () => pointAtCell(grid, row, column, gradient),
      onpointerenter: () => pointAtCell(grid, row, column, gradient), onclick: () => chooseCell(grid, row, column) })));
  grid[gradient ? "gradientCells" : "valueCells"] = cells;
  const about = gradient ? "" : `${rows}×${columns}${grid.about ? `, ${grid.about}` : ""}`;
  return h("table", { role: "grid", "aria-label": gradient ? `Gradient of ${grid.name}` : grid.name, onkeydown: event => walkCells(event, cells),
    onpointerleave: () => point(-1) },
    h("caption", {}, name, h("small", {}, ` ${about}`)),
    h("tbody", {}, ...cells.map(row => h("tr", { role: "row" }, ...row))));
}

function writeGrid(grid) {
  for (const gradient of [false, true]) {
    const numbers = grid.nodes.map(i => i < 0 ? NaN : gradient ? shown.grad[i] : data[i]);
    const most = Math.max(...numbers.filter(Number.isFinite).map(Math.abs), 1e-300);
    (gradient ? grid.gradientCells : grid.valueCells).flat().forEach((cell, k) => {
      const i = grid.nodes[k], there = i >= 0 && (gradient ? hasGrad(i) : isKnown(i)), x = numbers[k];
      write(cell, there ? format(x) : "");
      cell.style.setProperty("--size", there && Number.isFinite(x) ? (Math.abs(x) / most).toFixed(2) : 0);
      cell.style.setProperty("--sign", x < 0 ? "var(--minus)" : "var(--plus)");
    });
  }
}

function pointAtCell(grid, row, column, gradient) {
  state.cell = { grid, row, column, gradient };
  light();
}

function chooseCell(grid, row, column) {
  const i = nodeIn(grid, row, column);
  if (i < 0) return;
  select(i);
  reveal(i);
}

function walkCells(event, cells) {
  const row = cells.findIndex(each => each.includes(event.target)), column = cells[row]?.indexOf(event.target);
  const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  if (event.key === "Enter") event.target.click();
  if (!step || row < 0) return;
  event.preventDefault();
  event.stopPropagation();
  const next = cells[row + step[0]]?.[column + step[1]];
  if (!next) return;
  event.target.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

/* A cell's formula, element by element: dW1[0,2] = Σ_s dZ1[0,s]·X[2,s]. */

const factorName = ([k, index, gradient], env) =>
  elementName((gradient ? "d" : "") + grids[k].name, [...index].map(letter => env[letter] ?? letter));
const factorNode = ([k, index], env) => nodeIn(grids[k], env[index[0]], env[index[1]] ?? 0);
const factorValue = (factor, env) => (factor[2] ? shown.grad : data)[factorNode(factor, env)];
const wrapped = x => x < 0 ? `(${short(x)})` : short(x);

/** How far the index that is summed over runs. */
function extent({ factors, over }) {
  if (!over) return 1;
  const [k, index] = factors.find(([, each]) => each.includes(over));
  return grids[k].shape[index.indexOf(over)];
}

/** A formula's terms for one cell, as texts and as the number they make. */
function terms(rule, env) {
  const found = { texts: [], total: 0 };
  for (let at = 0; at < extent(rule); at++) {
    const numbers = rule.factors.map(factor => factorValue(factor, { ...env, [rule.over]: at }));
    found.texts.push(numbers.map((x, k) => k ? wrapped(x) : found.texts.length ? wrapped(x) : short(x)).join("·"));
    found.total += numbers.reduce((a, b) => a * b);
  }
  if (rule.plus) {
    const x = factorValue(rule.plus, env);
    found.texts.push(wrapped(x));
    found.total += x;
  }
  return found;
}

function cellFormula({ grid, row, column, gradient }) {
  const i = nodeIn(grid, row, column), name = cellName(grid, row, column, gradient);
  if (i < 0) return [`${name} is no part of this graph`];
  if (!(gradient ? hasGrad(i) : isKnown(i))) return [`${name} is not known at this step`];
  const rule = gradient ? grid.gradient : grid.value, number = (gradient ? shown.grad : data)[i];
  if (!rule) return gradient ? byChainRule(i, name) : [`${name} = ${short(number)}`, isLeaf(i) ? ", a leaf: choose it to change it" : `, computed by ${nodes[i][0]}`];
  const env = letters(grid, row, column), { texts, total } = terms(rule, env);
  const sum = rule.over ? ["Σ", h("sub", {}, rule.over), " "] : [];
  const product = rule.factors.map(factor => factorName(factor, env)).join("·") + (rule.plus ? ` + ${factorName(rule.plus, env)}` : "");
  const slope = rule.slope && local[factorNode(rule.slope, env)][0];
  const slopeName = rule.slope ? `·${rule.g}′(${cellName(grid, row, column, false)})` : "";
  const result = rule.slope ? total * slope : rule.g ? rows[rule.g].forward(total, ...defaults(i)) : total;
  const call = text => rule.g && !rule.slope ? [`${rule.g}(`, ...text, ")"] : text;
  const shownTerms = texts.length > 8 ? [...texts.slice(0, 7), `… ${texts.length - 7} more`] : texts;
  const numbers = rule.slope ? `${shownTerms.join(" + ")}·${wrapped(slope)}` : shownTerms.join(" + ");
  return [`${name} = `, ...call([...sum, product, slopeName]), h("br"), "= ", ...call([numbers]), ` = ${short(result)}`,
    agreement(result, number)];
}

const defaults = i => operands[i].slice(1).map(j => data[j]);

/** Whether the matrix formula and the scalar nodes say the same. */
function agreement(result, number) {
  const close = Math.abs(result - number) <= 1e-9 * Math.max(Math.abs(result), Math.abs(number), 1e-9);
  return h("span", { class: "same" }, close ? " ✓ same as the scalar node" : ` the scalar node so far: ${short(number)}`);
}

function byChainRule(i, name) {
  const parts = uses[i].filter(([user]) => state.step - seed > made.length - 1 - turn.get(user));
  if (i === output) return [`${name} = 1, where the backward pass begins`];
  const texts = parts.slice(0, 7).map(([user, place]) => `${wrapped(shown.grad[user])}·${wrapped(local[user][place])}`);
  if (parts.length > 7) texts.push(`… ${parts.length - 7} more`);
  return [`${name} = Σ over its uses of gradient·local derivative`, h("br"), `= ${texts.join(" + ")} = ${short(shown.grad[i])}`];
}

/* Light: what is pointed at, in the picture and in the arrays at once. */

let marked = [];

function light() {
  for (const [element, name] of marked) element.classList.remove(name);
  marked = [];
  const current = nodeAt(state.step);
  const { lit, near } = state.cell ? behind(nodeIn(state.cell.grid, state.cell.row, state.cell.column), state.cell.gradient)
    : { lit: new Set([state.hovered, state.selected].filter(i => i >= 0)), near: new Set() };
  lightCards(near, "near");
  lightCards(lit, "lit");
  if (current >= 0 && !isAtRest() && !state.cell) lightCards(new Set([current]), "current");
  if (state.cell) lightCell(state.cell);
  else lightCells(state.hovered >= 0 ? state.hovered : state.selected >= 0 ? state.selected : current);
  showFormula();
}

function mark(element, name) {
  element.classList.add(name);
  marked.push([element, name]);
}

function lightCards(which, name) {
  const { of, drawings } = state.picture;
  new Set([...which].filter(i => i >= 0).map(i => of[i])).forEach(k => mark(drawings[k].root, name));
}

function lightCell({ grid, row, column, gradient }) {
  mark((gradient ? grid.gradientCells : grid.valueCells)[row][column], "lit");
  const rule = gradient ? grid.gradient : grid.value, env = letters(grid, row, column);
  if (!rule) return;
  for (let at = 0; at < extent(rule); at++)
    for (const [k, index, isGradient] of [...rule.factors, ...(rule.plus ? [rule.plus] : [])]) {
      const full = { ...env, [rule.over]: at }, cells = isGradient ? grids[k].gradientCells : grids[k].valueCells;
      mark(cells[full[index[0]]][full[index[1]] ?? 0], "near");
    }
}

function lightCells(i) {
  const mine = places.get(i);
  for (const [grid, row, column] of mine ?? (owner.get(i) ?? []).flatMap(each => places.get(each)))
    for (const cells of [grid.valueCells, grid.gradientCells]) mark(cells[row][column], mine ? "lit" : "near");
}

function showFormula() {
  if (!groups.length) return;
  byId("formula").replaceChildren(...(state.cell ? cellFormula(state.cell)
    : ["Point at a cell to see the formula that makes it, and the scalar nodes behind it."]));
}

/* Search. */

let matches = [];

function search() {
  const query = byId("query").value.trim().toLowerCase();
  matches = query ? [...nodes.keys()].filter(i => kinds[i] !== "constant" && names[i].toLowerCase().includes(query)) : [];
  write(byId("matches"), query ? `${matches.length} found` : "");
  const { drawings, of } = state.picture, found = new Set(matches.map(i => of[i]));
  drawings.forEach(({ root }, k) => root.classList.toggle("found", found.has(k)));
}

function nextMatch(event) {
  event.preventDefault();
  if (!matches.length) return;
  const i = matches[(matches.indexOf(state.selected) + 1) % matches.length];
  select(i);
  reveal(i);
}

/* Keys everywhere else, and the start. */

function keys(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const action = {
    ArrowLeft: () => goTo(state.step - 1), ArrowRight: () => goTo(state.step + 1), Home: () => goTo(0), End: () => goTo(last),
    "+": () => zoom(.8), "-": () => zoom(1.25), "0": fit, "/": () => byId("query").focus(), Escape: () => select(-1),
    " ": event.target === document.body ? play : null,
  }[event.key];
  if (!action || event.target.matches("input")) return;
  event.preventDefault();
  if (event.key.startsWith("Arrow")) pause();
  action();
}

function legend() {
  const [x, y, width, height] = [3, 4, 17, 10];
  const sample = kind => svg("svg", { class: kind, viewBox: "0 0 24 17", "aria-hidden": "true" },
    kind === "parameter" && svg("path", { class: "shape", d: `M${x} ${y}l3-3h${width}v${height}l-3 3z` }) || null,
    svg("rect", { class: "shape", x, y, width, height, rx: kind === "result" || kind === "output" ? 4 : 0 }));
  byId("legend").append(...[...new Set(kinds)].map(kind => h("li", {}, sample(kind), kind)));
}

function listen() {
  for (const [id, action] of Object.entries({
    first: () => goTo(0), back: () => goTo(state.step - 1), next: () => goTo(state.step + 1), last: () => goTo(last),
    closer: () => zoom(.8), farther: () => zoom(1.25), fit, reset,
  })) byId(id).addEventListener("click", () => { if (!["closer", "farther", "fit"].includes(id)) pause(); action(); });
  byId("play").addEventListener("click", play);
  byId("step").addEventListener("input", () => { pause(); goTo(Number(byId("step").value)); });
  byId("downhill").addEventListener("submit", event => { event.preventDefault(); downhill(); });
  byId("query").addEventListener("input", search);
  byId("search").addEventListener("submit", nextMatch);
  picture.addEventListener("pointerdown", pointerDown);
  picture.addEventListener("pointermove", pointerMove);
  for (const name of ["pointerup", "pointercancel"]) picture.addEventListener(name, pointerUp);
  picture.addEventListener("pointerleave", () => point(-1));
  picture.addEventListener("wheel", event => { event.preventDefault(); zoom(Math.exp(event.deltaY * .0015), ...at(event)); }, { passive: false });
  picture.addEventListener("keydown", walk);
  picture.addEventListener("focusin", event => {
    const drawing = state.picture.drawings[event.target.closest("[data-card]")?.dataset.card];
    if (drawing) { drawing.root.setAttribute("aria-label", spoken(drawing)); point(drawing.card.values[0]); }
  });
  document.addEventListener("keydown", keys);
  printing.addEventListener("change", () => printing.matches && fit());
  addEventListener("beforeprint", fit);
  new ResizeObserver(() => look(view.x, view.y, view.width)).observe(picture);
}

function start() {
  evaluate(leaves);
  byId("step").max = last;
  document.title = `${cut(names[output], 60)} – computation graph`;
  write(byId("title"), `Computation graph of ${names[output]}`);
  write(byId("summary"), `${plural(nodes.length, "node")}: ${plural(leaves.length, "leaf", "leaves")}, ${plural(made.length, "operation")}`);
  byId("node").append(panel.head, panel.editor, panel.body);
  byId("levels").hidden = pictures.length < 2;
  byId("levels").append(...pictures.map(each => h("button", { type: "button", onclick: () => { showPicture(each); search(); } }, each.level)));
  buildArrays();
  legend();
  shown = differentiate(made.length);
  showPicture(pictures.find(isReadable) ?? pictures.at(-1));
  listen();
  alarm(broken() === undefined ? "" : complaint(broken()));
}

start();
window.explorer = { names, kinds, data, work, last, goTo, setLeaves, downhill, reset, behind, get gradients() { return shown.grad; } };
})();
