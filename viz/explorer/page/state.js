/* What the page shows: a step of the two passes, the chosen node, the numbers as far as that step
   knows them. Parts of the page follow changes; who makes a change does not know who follows. */

import { differentiate, isLeaf, made, output, turn, uses, work } from "./graph.js";

// Step 0 knows the leaves; then there is one a forward operation, one for the seed ∂y/∂y = 1, one a backward turn.
export let seed = 1, last = 1;
export const nodeAt = step => step === 0 ? -1 : step < seed ? made[step - 1] : step === seed ? output : made[last - step];
export const state = { step: last, selected: -1, cell: null, hovered: -1, route: null, picture: null, timer: 0 };
export let shown = null;  // gradients at this step
export let version = 0;  // of the numbers; cards out of view are written when they come into it

/** At the end, once one looks at something: there is no current step to show. */
export const isAtRest = () => state.step === last && state.selected >= 0;
export const isKnown = i => isLeaf(i) || turn.get(i) < state.step;
export const hasGrad = i => state.step >= seed && (i === output || shown.arrived[i] > 0);
export const isComplete = i => hasGrad(i) && shown.arrived[i] === uses[i].length;

const followers = { graph: [], numbers: [], selection: [], light: [], view: [] };

/** Have `show` run after each of these changes, named in one text; earlier followers run first. */
export function follow(changes, show) {
  for (const change of changes.split(" ")) followers[change].push(show);
}

export const changed = what => followers[what].forEach(show => show());

/** Begin with a graph that was loaded: at the end of its passes, where its output is chosen. */
export function begin() {
  seed = made.length + 1;
  last = 2 * made.length + 1;
  Object.assign(state, { step: last, selected: output, cell: null, hovered: -1, route: null });
  changed("graph");
}

/** Bring everything up to date after a change of numbers or of the step. */
export function refresh() {
  work.written = 0;
  version++;
  shown = differentiate(state.step - seed);
  changed("numbers");
}

export function select(i) {
  Object.assign(state, { selected: i, route: null });
  changed("selection");
}

/** Point at a node in the picture; -1 for none. */
export function point(i) {
  if (state.hovered === i && !state.cell) return;
  Object.assign(state, { hovered: i, cell: null });
  changed("light");
}

/** Point at one of the paths from the chosen node to the output; null for all of them. */
export function pointAtRoute(route) {
  state.route = route;
  changed("light");
}

/** Point at a cell of an array, of its values or its gradients. */
export function pointAtCell(grid, row, column, gradient) {
  state.cell = { grid, row, column, gradient };
  changed("light");
}
