/* The paths from a node to the output, along which its gradient comes: a product for each, and their sum. */

import { local, names, output, uses } from "./graph.js";
import { cut } from "./numbers.js";
import { say } from "./words.js";

const MOST_PATHS = 5;  // paths that are shown

/** How many paths lead from a node to the output. */
export function countPaths(i) {
  const count = new Float64Array(output + 1);
  count[output] = 1;
  for (let j = output - 1; j >= i; j--) for (const [user] of uses[j]) count[j] += count[user];
  return count[i];
}

/** The first few paths from a node to the output, each as its steps [user, place, operand]. */
export function firstPaths(i) {
  const found = [], stack = [[]];
  while (stack.length && found.length < MOST_PATHS) {
    const path = stack.pop(), end = path.length ? path.at(-1)[0] : i;
    if (end === output) found.push(path);
    else for (const [user, place] of uses[end].toReversed()) stack.push([...path, [user, place, end]]);
  }
  return found;
}

/** The local derivatives along a path, from the output on. */
export const slopes = path => path.map(([user, place]) => local[user][place]).reverse();

/** The path in words, from the output on. */
export const route = path => path.length > 12 ? say("{n} steps from {name}", { n: path.length, name: cut(names[output], 24) })
  : [output, ...path.map(([, , operand]) => operand).reverse()].map(i => cut(names[i], 24)).join(" ← ");
