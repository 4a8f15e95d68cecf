import { fail } from '@diptych/formats/errors';

/** How many weights blocks may declare, and how many numbers in all of them. */
export interface WeightBudget {
  weights: number;
  values: number;
}

let budget: { where: string; left: WeightBudget; given: WeightBudget } | undefined;

/**
 * Runs a constructor whose options come from elsewhere, and ends it as soon as its blocks have declared more than they may: sizes of a
 * hostile file would else cost time and memory before any of its tensors is looked at.
 */
export function withinBudget<T>(where: string, given: WeightBudget, make: () => T): T {
  const outer = budget;
  budget = { where, left: { ...given }, given };
  try {
    return make();
  } finally {
    budget = outer;
  }
}

/** Counts a weight that a block declares. */
export function spend(shape: readonly number[]): void {
  if (!budget) return;
  const { where, left, given } = budget;
  left.weights -= 1;
  left.values -= shape.reduce((product, n) => product * n, 1);
  if (left.weights < 0) fail(where, `they describe more than ${given.weights} weights`);
  if (left.values < 0) fail(where, `they describe weights of more than ${given.values} numbers`);
}
