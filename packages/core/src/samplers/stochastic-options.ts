import { rules } from '@diptych/formats/errors';

export interface StochasticOptions {
  /** How much of the noise of the reverse process: 0 is the ODE, 1 the posterior of the forward process. */
  eta?: number;
  /** Standard deviation of the noise added, in units of what the equations ask for; above 1 counters lost detail. Default 1. */
  noiseScale?: number;
}

/** What holds for them. */
export const stochasticRules = { eta: rules.nonNegative, noiseScale: rules.nonNegative } as const;
