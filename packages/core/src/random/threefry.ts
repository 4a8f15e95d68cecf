import type { Key } from './key.ts';

const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

/**
 * The block cipher behind every random number: Threefry-2x32 with 20 rounds, two words in, two words out.
 *
 * @see Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", section 3.3 and its known-answer vectors
 */
export function threefry2x32([k0, k1]: Key, c0: number, c1: number): [number, number] {
  const schedule = [k0, k1, k0 ^ k1 ^ 0x1bd11bda];
  let x0 = (c0 + k0) | 0;
  let x1 = (c1 + k1) | 0;
  for (let group = 0; group < 5; group++) {
    for (const r of rotations[group & 1]) {
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << r) | (x1 >>> (32 - r))) ^ x0;
    }
    // Key injection after every four rounds.
    x0 = (x0 + schedule[(group + 1) % 3]) | 0;
    x1 = (x1 + schedule[(group + 2) % 3] + group + 1) | 0;
  }
  return [x0 >>> 0, x1 >>> 0];
}
