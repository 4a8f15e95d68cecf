import { check, checkPositive } from '@diptych/formats/errors';

/** 0 < sigmaMin < sigmaMax < Infinity. */
export function checkRange(where: string, sigmaMin: number, sigmaMax: number): void {
  checkPositive(where, { sigmaMin });
  check(sigmaMax > sigmaMin && sigmaMax < Infinity, where, 'sigmaMax', 'finite and > sigmaMin', sigmaMax);
}
