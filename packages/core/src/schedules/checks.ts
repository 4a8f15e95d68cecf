import { check } from '@diptych/formats/errors';

/** A number of steps or of table entries. */
export function checkCount(where: string, name: string, n: number): void {
  check(Number.isInteger(n) && n >= 1, where, name, 'an integer >= 1', n);
}

/** Named numbers that must be positive and finite. */
export function checkPositive(where: string, numbers: Record<string, number>): void {
  for (const [name, value] of Object.entries(numbers))
    check(value > 0 && value < Infinity, where, name, 'finite and > 0', value);
}

/** 0 < sigmaMin < sigmaMax < Infinity. */
export function checkRange(where: string, sigmaMin: number, sigmaMax: number): void {
  checkPositive(where, { sigmaMin });
  check(sigmaMax > sigmaMin && sigmaMax < Infinity, where, 'sigmaMax', 'finite and > sigmaMin', sigmaMax);
}
