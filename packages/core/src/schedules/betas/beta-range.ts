import { checkInterval, rules } from '@diptych/formats/errors';

export interface BetaRange {
  /** beta of the least noisy step. */
  start?: number;
  /** beta of the noisiest step. */
  end?: number;
}

/** What holds for them. */
export const betaRangeRules = { start: rules.interval('(0, 1)'), end: rules.interval('(0, 1)') } as const;

/** No step is less noisy than the one before. */
export function checkBetaRange(where: string, start: number, end: number): void {
  checkInterval(where, { end }, `[${start}, 1)`);
}
