import { check, checkCount } from '@diptych/formats/errors';

/** 1 <= n <= T, or n < T where timestep 0 is none of them. */
export function checkTimesteps(where: string, n: number, T: number, withZero = true): void {
  checkCount(where, { T, n });
  check(n <= T, where, 'n', `<= T = ${T}`, n);
  check(withZero || n < T, where, 'n', `< T = ${T}, as timestep 0 is left out`, n);
}
