import { check } from '@diptych/formats/errors';

export interface BetaRange {
  /** beta of the least noisy step. */
  start?: number;
  /** beta of the noisiest step. */
  end?: number;
}

/** 0 < start <= end < 1. */
export function checkBetaRange(where: string, start: number, end: number): void {
  check(start > 0 && start < 1, where, 'start', 'in (0, 1)', start);
  check(end >= start && end < 1, where, 'end', 'in [start, 1)', end);
}
