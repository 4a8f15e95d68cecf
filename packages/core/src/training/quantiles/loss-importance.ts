import { check, checkInterval, checkNonNegative, checkOptions, rules } from '@diptych/formats/errors';

/** What `lossImportance` has seen: plain numbers, for a checkpoint. */
export interface LossImportanceState {
  /** The last losses of every cell, oldest first. */
  losses: number[][];
}

export interface LossImportanceOptions {
  /** Cells that (0, 1) is cut into; for a chain, its number of timesteps. Default 1000. */
  cells?: number;
  /** Losses that each cell remembers, and needs before any density is used. Default 10. */
  history?: number;
  /** Share of the density that stays uniform. Default 0.001. */
  uniformShare?: number;
  /** Where to go on from: a `state()`. */
  state?: LossImportanceState;
}

export interface LossImportance {
  /** A uniform number to one of the density, and the weight that its loss must be multiplied by. */
  draw(u: number): { u: number; weight: number };
  /** Tells it the unweighted loss at a number that `draw` gave. */
  record(u: number, loss: number): void;
  /** Probability of every cell. */
  probabilities(): number[];
  state(): LossImportanceState;
}

/**
 * Importance sampling of the noise level by loss: each cell of (0, 1) is drawn with probability p in proportion to the root mean square
 * of its last losses, and its loss is weighted by 1/(cells p), so that the expectation stays what it was and its variance falls. Uniform
 * until every cell has a full history. A mutable value of the host; `state()` goes into a checkpoint.
 *
 * @throws DiptychError if an option is out of range, or the state is of another number of cells; `record`, if the loss is not finite
 * and >= 0; both, if u is not in (0, 1)
 * @see Nichol and Dhariwal 2021, "Improved denoising diffusion probabilistic models", eq. 18, arXiv:2102.09672
 * @example
 * const importance = lossImportance({ cells: 100 });
 * const { u, weight } = importance.draw(uniforms(stepKey, 1)[0]);
 * const sigma = diffusion.sigmaQuantile(u); // train at sigma with `weight`, then:
 * importance.record(u, loss);
 */
export function lossImportance(options: LossImportanceOptions = {}): LossImportance {
  const where = 'lossImportance';
  const {
    cells = 1000,
    history = 10,
    uniformShare = 0.001,
    state,
  } = checkOptions(where, options, {
    cells: rules.count,
    history: rules.count,
    uniformShare: rules.interval('(0, 1]'),
    state: rules.object,
  });
  const isCell = (of: unknown) => rules.numbers.holds(of) && (of as number[]).length <= history;
  const fits = !state || (Array.isArray(state.losses) && state.losses.length === cells && state.losses.every(isCell));
  check(fits, where, 'state', `of ${cells} cells with up to ${history} losses`, state?.losses);
  const losses = state ? state.losses.map((of) => [...of]) : Array.from({ length: cells }, (): number[] => []);
  const cellOf = (u: number) => {
    checkInterval(where, { u }, '(0, 1)');
    return Math.min(Math.floor(u * cells), cells - 1);
  };

  const probabilities = () => {
    if (losses.some((of) => of.length < history)) return losses.map(() => 1 / cells);
    const roots = losses.map((of) => Math.sqrt(of.reduce((sum, loss) => sum + loss ** 2, 0) / history));
    const total = roots.reduce((sum, root) => sum + root, 0);
    return roots.map((root) => (total > 0 ? (root / total) * (1 - uniformShare) + uniformShare / cells : 1 / cells));
  };
  return {
    probabilities,
    draw(u) {
      checkInterval(where, { u }, '(0, 1)');
      const p = probabilities();
      let [cell, below] = [0, 0];
      while (cell < cells - 1 && below + p[cell] <= u) below += p[cell++];
      // Where in its cell: kept inside, whatever the sum's rounding.
      const share = Math.min(Math.max((u - below) / p[cell], 2 ** -53), 1 - 2 ** -20);
      return { u: (cell + share) / cells, weight: 1 / (cells * p[cell]) };
    },
    record(u, loss) {
      checkNonNegative(where, { loss });
      const own = losses[cellOf(u)];
      own.push(loss);
      if (own.length > history) own.shift();
    },
    state: () => ({ losses: losses.map((of) => [...of]) }),
  };
}
