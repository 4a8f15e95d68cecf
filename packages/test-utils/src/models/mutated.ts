import { foldIn, type Key } from '@diptych/core';
import { integers } from '@diptych/core/random';

/** Numbers at the edges of what fields of a file can hold. */
const edges = [
  0n,
  1n,
  0x7fn,
  0x80n,
  0xffn,
  0x7fffn,
  0xffffn,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
];

/** One of the changes that happen to files, or that somebody makes on purpose: draws decide where and what. */
type Change = (bytes: Uint8Array, draws: readonly number[]) => Uint8Array;

const changes: readonly Change[] = [
  // A byte, a bit, a field of 1, 2, 4 or 8 bytes at its edge.
  (bytes, [at, value]) => edited(bytes, (copy) => (copy[at % copy.length] = value)),
  (bytes, [at, bit]) => edited(bytes, (copy) => (copy[at % copy.length] ^= 1 << (bit % 8))),
  (bytes, [at, which, size]) =>
    edited(bytes, (copy) => {
      const value = edges[which % edges.length];
      for (let i = 0; i < 2 ** (size % 4); i++) copy[(at + i) % copy.length] = Number((value >> BigInt(8 * i)) & 0xffn);
    }),
  // Digits as they stand in JSON, and operations of a pickle, at a byte of the same kind.
  (bytes, [at, digit]) =>
    edited(bytes, (copy) => {
      for (let i = 0; i < copy.length; i++) {
        const here = (at + i) % copy.length;
        if (copy[here] < 0x30 || copy[here] > 0x39) continue;
        copy[here] = 0x30 + (digit % 10);
        break;
      }
    }),
  // Cut short, a piece lost, a piece doubled, a piece copied elsewhere.
  (bytes, [at]) => bytes.slice(0, at % bytes.length),
  (bytes, [at, length]) =>
    joined(bytes.subarray(0, at % bytes.length), bytes.subarray((at % bytes.length) + (length % 64))),
  (bytes, [from, length]) => {
    const [begin, end] = [from % bytes.length, (from % bytes.length) + (length % 64)];
    return joined(bytes.subarray(0, end), bytes.subarray(begin));
  },
  (bytes, [from, to, length]) =>
    edited(bytes, (copy) => {
      const piece = bytes.subarray(from % bytes.length, (from % bytes.length) + (length % 64));
      copy.set(piece.subarray(0, copy.length - (to % copy.length)), to % copy.length);
    }),
];

/** A damaged copy of a file: one to four changes, most of them near its start or end, where its structure lies. */
export function mutated(file: Uint8Array, key: Key): Uint8Array {
  const [count] = integers(key, 1, 2 ** 31);
  let bytes = file;
  for (let i = 0; i <= count % 4 && bytes.length > 0; i++) {
    const [kind, zone, at, second, third] = integers(foldIn(key, i), 5, 2 ** 31);
    const near = Math.min(bytes.length, 2048);
    const where = [at, at % near, bytes.length - 1 - (at % near)][zone % 3];
    bytes = changes[kind % changes.length](bytes, [where, second, third]);
  }
  return bytes;
}

function edited(bytes: Uint8Array, edit: (copy: Uint8Array) => void): Uint8Array {
  const copy = bytes.slice();
  edit(copy);
  return copy;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}
