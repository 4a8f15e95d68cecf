/** Where a part begins, and how long it is. */
export type Part = readonly [from: number, count: number];

/** Nanoseconds of work that repay handing it to another thread. */
const enough = 12_000;

/** Parts of one kernel at most: enough to share evenly. */
const most = 48;

/**
 * Cuts `count` rows of `cost` nanoseconds each into parts that are multiples of `step` and take at least 12 microseconds; all in one if that
 * is too little for two. They depend on nothing else, so that sums over parts are the same on any number of threads.
 */
export function parts(count: number, cost: number, step = 1): readonly Part[] {
  const least = Math.max(enough / Math.max(cost, 1e-3), count / most);
  const size = Math.max(Math.ceil(least / step), 1) * step;
  if (count < 2 * size) return [[0, count]];
  // As even as multiples of the step allow.
  const wanted = Math.floor(count / size);
  const even = Math.ceil(count / wanted / step) * step;
  const result: Part[] = [];
  for (let from = 0; from < count; from += even) result.push([from, Math.min(even, count - from)]);
  return result;
}
