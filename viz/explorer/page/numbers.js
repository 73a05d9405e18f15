/* Numbers as texts, and back. */

import { say } from "./words.js";

export function format(x, digits = 4) {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "–" : x > 0 ? "∞" : "−∞";
  const size = Math.abs(x);
  if (size && (size < 10 ** -digits || size >= 1e5)) return x.toExponential(digits - 1).replaceAll("-", "−");
  const whole = String(Math.trunc(size)).length;
  const text = (x + 0).toFixed(Math.max(0, digits - Math.max(0, whole - 2)));
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}
export const short = x => format(x).replace(/(\.\d*?)0+(?=e|$)/, "$1").replace(/\.(?=e|$)/, "");
export const range = (numbers, digits = 2) => numbers.length === 1 ? format(numbers[0])
  : `${format(Math.min(...numbers), digits)} … ${format(Math.max(...numbers), digits)}`;
export const plural = (n, one, many = `${one}s`) => say(`{n} ${n === 1 ? one : many}`, { n: n.toLocaleString("en") });
export const cut = (text, longest) => text.length > longest ? `${text.slice(0, longest - 1)}…` : text;

/** The number someone typed, or NaN. */
export const typed = text => text.trim() === "" ? NaN : Number(text.trim().replace("−", "-").replace(",", "."));
