import { check } from '@diptych/formats/errors';
import { checkCount } from '../checks.ts';

/** 1 <= n <= T. */
export function checkTimesteps(where: string, n: number, T: number): void {
  checkCount(where, 'T', T);
  checkCount(where, 'n', n);
  check(n <= T, where, 'n', `<= T = ${T}`, n);
}
