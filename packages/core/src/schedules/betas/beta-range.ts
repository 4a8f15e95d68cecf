import { checkInterval } from '@diptych/formats/errors';

export interface BetaRange {
  /** beta of the least noisy step. */
  start?: number;
  /** beta of the noisiest step. */
  end?: number;
}

/** 0 < start <= end < 1. */
export function checkBetaRange(where: string, start: number, end: number): void {
  checkInterval(where, { start }, '(0, 1)');
  checkInterval(where, { end }, `[${start}, 1)`);
}
