import { check, checkPositive, rules } from '@diptych/formats/errors';

/** The rules of a range of noise levels, each by itself. */
export const rangeRules = { sigmaMin: rules.positive, sigmaMax: rules.positive } as const;

/** 0 < sigmaMin < sigmaMax < Infinity. */
export function checkRange(where: string, sigmaMin: number, sigmaMax: number): void {
  checkPositive(where, { sigmaMin });
  check(sigmaMax > sigmaMin && sigmaMax < Infinity, where, 'sigmaMax', 'finite and > sigmaMin', sigmaMax);
}
