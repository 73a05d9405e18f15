/* NumPy's random numbers, of default_rng(seed): the same seed draws the same here and in Python.

   The generator is PCG64 (O'Neill 2014, pcg-random.org), seeded by NumPy's SeedSequence; normal numbers are drawn by the
   ziggurat of Marsaglia & Tsang (2000) with 256 layers. */

import { m } from "./table.js";

const MASK128 = (1n << 128n) - 1n, MASK64 = (1n << 64n) - 1n, MULTIPLIER = (2549297995355413924n << 64n) + 4865540595714422341n;

/** Words that are well mixed, from any whole numbers. */
function seeded(entropy, count) {
  const words = entropy.flatMap(each => {
    const found = [];
    for (let rest = BigInt(each); rest > 0n || !found.length; rest >>= 32n) found.push(Number(rest & 0xffffffffn));
    return found;
  });
  const hashing = (start, factor) => {
    let constant = start;
    return word => {
      word ^= constant;
      constant = Math.imul(constant, factor);
      word = Math.imul(word, constant);
      return word ^ word >>> 16;
    };
  };
  const mix = (x, y) => {
    const found = Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y) | 0;
    return found ^ found >>> 16;
  };
  const hash = hashing(0x43b0d7e5, 0x931e8875), pool = [0, 1, 2, 3].map(i => hash(words[i] ?? 0));
  for (let from = 0; from < 4; from++)
    for (let to = 0; to < 4; to++) if (from !== to) pool[to] = mix(pool[to], hash(pool[from]));
  for (const word of words.slice(4)) for (let to = 0; to < 4; to++) pool[to] = mix(pool[to], hash(word));
  const drawn = hashing(0x8b51f9dd, 0x58f38ded);
  return Array.from({ length: count }, (_, i) => drawn(pool[i % 4]) >>> 0);
}

/** A generator like NumPy's default_rng; a seed is a whole number, or several. */
export class Generator {
  constructor(...seed) {
    const words = seeded(seed, 8), long = i => BigInt(words[i]) | BigInt(words[i + 1]) << 32n;
    this.increment = (((long(4) << 64n | long(6)) << 1n) | 1n) & MASK128;
    this.state = (this.increment + (long(0) << 64n | long(2))) & MASK128;
    this.advance();
    this.half = null;  // the upper part of a number of which only the lower was asked for
  }

  advance() {
    this.state = (this.state * MULTIPLIER + this.increment) & MASK128;
  }

  long() {
    this.advance();
    const mixed = this.state >> 64n ^ this.state & MASK64, turn = this.state >> 122n;
    return (mixed >> turn | mixed << (64n - turn & 63n)) & MASK64;
  }

  word() {
    if (this.half !== null) {
      const kept = this.half;
      this.half = null;
      return kept;
    }
    const both = this.long();
    this.half = Number(both >> 32n);
    return Number(both & 0xffffffffn);
  }

  /** A number from 0 to 1. */
  share() {
    return Number(this.long() >> 11n) / 2 ** 53;
  }

  uniform(low, high) {
    return low + (high - low) * this.share();
  }

  normal(mean, spread) {
    return mean + spread * this.standard();
  }

  standard() {
    for (;;) {
      const bits = this.long(), layer = Number(bits & 255n), sign = bits >> 8n & 1n, size = Number(bits >> 9n & (1n << 52n) - 1n);
      const x = size * WIDTH[layer] * (sign ? -1 : 1);
      if (size < INSIDE[layer]) return x;
      if (layer) {
        if ((HEIGHT[layer - 1] - HEIGHT[layer]) * this.share() + HEIGHT[layer] < Math.exp(-.5 * x * x)) return x;
      } else for (;;) {
        const far = -Math.log1p(-this.share()) / TAIL, high = -Math.log1p(-this.share());
        if (high + high > far * far) return bits >> 17n & 1n ? -(TAIL + far) : TAIL + far;
      }
    }
  }

  /** A whole number from 0 to the most: as many bits as that has, until they are not above it. */
  below(most) {
    const mask = 2 ** Math.ceil(Math.log2(most + 1)) - 1;
    for (;;) {
      const found = (this.word() & mask) >>> 0;
      if (found <= most) return found;
    }
  }

  /** 0 … m - 1 in random order. */
  permutation(count) {
    const order = Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = this.below(i);
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }
}

const TAIL = 3.6541528853610088;  // where the tail begins, beyond the layers
const [WIDTH, INSIDE, HEIGHT] = layers();

/** The layers of the ziggurat: their width and what of it lies under the curve, in units of 2⁵², and their height. */
function layers() {
  const unit = 2 ** 52, curve = x => Math.exp(-.5 * x * x);
  const area = TAIL * curve(TAIL) + Math.sqrt(Math.PI / 2) * m.erfc(TAIL / Math.SQRT2), widest = area / curve(TAIL);
  const width = new Float64Array(256), inside = new Float64Array(256), height = new Float64Array(256);
  width[0] = widest / unit;
  inside[0] = TAIL / widest * unit;
  height[0] = 1;
  for (let i = 255, x = TAIL; i > 0; i--) {
    width[i] = x / unit;
    height[i] = curve(x);
    const next = i > 1 ? Math.sqrt(-2 * Math.log(area / x + curve(x))) : 0;
    inside[i] = next / x * unit;
    x = next;
  }
  return [width, inside, height];
}
