/** One comparison. `ours` and `theirs` are in `unit`; a ratio above 1 means that we are better: faster, or smaller. */
export interface Result {
  /** what is measured / ours with threads / theirs with threads */
  name: string;
  ours: number;
  theirs: number;
  unit: 'ms' | 'GFLOP/s' | 'MiB' | 'kB';
  ratio: number;
}

/** Two times of the same work, in seconds. */
export function timed(name: string, ours: number, theirs: number): Result {
  return { name, ours: ours * 1000, theirs: theirs * 1000, unit: 'ms', ratio: theirs / ours };
}

/** Two rates of the same work, from its floating-point operations and seconds. */
export function rated(name: string, flop: number, ours: number, theirs: number): Result {
  return { name, ours: flop / ours / 1e9, theirs: flop / theirs / 1e9, unit: 'GFLOP/s', ratio: theirs / ours };
}

/** Two sizes. */
export function sized(name: string, ours: number, theirs: number, unit: 'MiB' | 'kB'): Result {
  return { name, ours, theirs, unit, ratio: theirs / ours };
}
