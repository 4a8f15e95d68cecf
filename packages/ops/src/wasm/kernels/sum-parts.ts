import type { BackendMemory } from '../backend-memory.ts';
import type { Call } from '../kernel-exports.ts';
import { parts } from '../threads/parts.ts';

/** A sum over all rows: how many numbers, and where it goes. */
export interface RowSum {
  width: number;
  to: number;
}

/**
 * Runs a kernel that sums over rows as well, part by part, each into sums of its own that are added up afterwards. Where the parts end depends on
 * the sizes alone, on one thread too, so that the sums are the same on any number of threads. `cost` is the nanoseconds of a row, about.
 */
export function sumParts(
  memory: BackendMemory,
  rows: number,
  cost: number,
  sums: readonly RowSum[],
  call: (from: number, count: number, sums: readonly number[]) => Call,
  scratchBytes = 0,
): void {
  const cut = parts(rows, cost);
  if (cut.length === 1 || sums.length === 0) {
    const to = sums.map((sum) => sum.to);
    memory.run(
      cut.map(([from, count]) => call(from, count, to)),
      scratchBytes,
    );
    return;
  }
  const offsets: number[] = [];
  let bytes = 0;
  for (const { width } of sums) {
    offsets.push(bytes);
    bytes += cut.length * width * 4;
  }
  memory.scratch(bytes, (scratch) => {
    const places = (part: number) => sums.map(({ width }, i) => scratch + offsets[i] + part * width * 4);
    memory.run(
      cut.map(([from, count], part) => call(from, count, places(part))),
      scratchBytes,
    );
    for (const [i, { width, to }] of sums.entries()) {
      memory.run([['sumAxis', 1, cut.length, width, 1, scratch + offsets[i], width * 4, to]]);
    }
  });
}
