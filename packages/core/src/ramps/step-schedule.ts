import { checkFinite, checkFunction, checkOptions, checkRule, rules } from '@diptych/formats/errors';

/** A number that changes over training: a learning rate, a loss weight, a momentum, at a 0-based step that may be fractional. */
export type StepSchedule = (step: number) => number;

/**
 * The same value at every step.
 *
 * @throws DiptychError if the value is not finite
 * @example
 * const weight = constant(0.1);
 */
export function constant(value: number): StepSchedule {
  checkFinite('constant', { value });
  return () => value;
}

export interface RampOptions {
  /** Value at step 0. */
  from: number;
  /** Value at and after `steps`. */
  to: number;
  /** Steps on the way; 0 starts at the goal. */
  steps: number;
}

const rampRules = {
  from: rules.required(rules.finite),
  to: rules.required(rules.finite),
  steps: rules.required(rules.nonNegative),
} as const;

/**
 * A straight line, then constant.
 *
 *     v(s) = from + (to - from) min(s / steps, 1)
 *
 * @throws DiptychError if an end is not finite or the number of steps is negative
 * @example
 * linearRamp({ from: 0, to: 0.1, steps: 500 })(250); // 0.05
 */
export function linearRamp(options: RampOptions): StepSchedule {
  const { from, to, steps } = checkOptions('linearRamp', options, rampRules);
  return (step) => (step >= steps ? to : from + (to - from) * (step / steps));
}

/**
 * Half a cosine from one value to another, then constant.
 *
 *     v(s) = to + (from - to) (1 + cos(pi min(s / steps, 1))) / 2
 *
 * @throws DiptychError if an end is not finite or the number of steps is negative
 * @see Loshchilov and Hutter 2017, SGDR, eq. 5, arXiv:1608.03983
 * @example
 * cosineRamp({ from: 0.04, to: 0.4, steps: 10_000 })(5000); // 0.22
 */
export function cosineRamp(options: RampOptions): StepSchedule {
  const { from, to, steps } = checkOptions('cosineRamp', options, rampRules);
  return (step) => (step >= steps ? to : to + ((from - to) * (1 + Math.cos((Math.PI * step) / steps))) / 2);
}

export interface WarmupFactorOptions {
  /** Steps over which the factor climbs to 1; 0 for none. */
  steps: number;
  /** False (default): the first step has 1 / steps, so that it is not wasted. True: the first step has 0. */
  fromZero?: boolean;
}

/**
 * A factor that climbs linearly to 1 and stays: min(1, (s + 1) / steps), or min(1, s / steps) from zero.
 *
 * @throws DiptychError if the number of steps is negative or not finite
 * @example
 * warmup({ steps: 1000 })(499); // 0.5
 */
export function warmup(options: WarmupFactorOptions): StepSchedule {
  const { steps, fromZero = false } = checkOptions<WarmupFactorOptions>('warmup', options, {
    steps: rules.required(rules.nonNegative),
    fromZero: rules.flag,
  });
  const offset = fromZero ? 0 : 1;
  return (step) => (steps > 0 ? Math.min(1, (step + offset) / steps) : 1);
}

/** One of several schedules in a row. */
export interface SchedulePiece {
  /** How long it lasts. */
  steps: number;
  /** Its values, counted from its own step 0. */
  schedule: StepSchedule;
}

/**
 * Schedules one after the other, the last one for ever. Each counts its steps from its own beginning.
 *
 * @throws DiptychError if a piece has a negative length
 * @example
 * // Frozen for 3 steps, warm-up for 5, then a cosine.
 * schedulePieces(
 *   [{ steps: 3, schedule: constant(0) }, { steps: 5, schedule: linearRamp({ from: 0, to: 2, steps: 5 }) }],
 *   cosineRamp({ from: 2, to: 0, steps: 100 }),
 * );
 */
export function schedulePieces(pieces: readonly SchedulePiece[], last: StepSchedule): StepSchedule {
  checkFunction('schedulePieces', { last });
  checkRule('schedulePieces', 'pieces', rules.list(rules.object), pieces);
  const pieceRules = { steps: rules.required(rules.nonNegative), schedule: rules.required(rules.callback) };
  pieces.forEach((piece, i) => checkOptions<SchedulePiece>('schedulePieces', piece, pieceRules, `pieces[${i}]`));
  return (step) => {
    let begin = 0;
    for (const { steps, schedule } of pieces) {
      if (step < begin + steps) return schedule(step - begin);
      begin += steps;
    }
    return last(step - begin);
  };
}
