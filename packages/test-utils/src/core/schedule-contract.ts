import { DiptychError } from '@diptych/formats/errors';
import { describe, expect, it } from 'vitest';

/** What every time grid promises: `make(n)` gives the n + 1 noise levels of n steps. */
export function scheduleContract(
  name: string,
  make: (n: number) => readonly number[],
  { start, end = 0, largest = 1000 }: { start?: number; end?: number; largest?: number } = {},
): void {
  describe(`${name}: schedule contract`, () => {
    it('gives N + 1 levels for N steps, finite, strictly decreasing, with exact ends', () => {
      for (const n of [1, 2, 3, 7, 18, 50, largest].filter((n) => n <= largest)) {
        const sigmas = make(n);
        expect(sigmas).toHaveLength(n + 1);
        expect(sigmas.every(Number.isFinite)).toBe(true);
        sigmas.slice(1).forEach((sigma, i) => expect(sigma).toBeLessThan(sigmas[i]!));
        expect(sigmas.at(-1)).toBe(end);
        if (start !== undefined) expect(sigmas[0]).toBe(start);
      }
    });

    it('refuses a number of steps that is not an integer >= 1', () => {
      for (const n of [0, -1, 1.5, NaN, Infinity]) {
        let caught: unknown;
        try {
          make(n);
        } catch (error) {
          caught = error;
        }
        expect(DiptychError.isInstance(caught), `n = ${n}`).toBe(true);
      }
    });
  });
}
