import type { NumberArray } from '../../fixtures/index.ts';
import { expect } from 'vitest';

/** Expected numbers of a case: an array with a shape, a list, or one number. */
export type Numbers = NumberArray | readonly number[] | number;

export const numbers = (of: Numbers): number[] => (typeof of === 'number' ? [of] : 'data' in of ? of.data : [...of]);

/** |got - expected| <= tolerance max(1, |expected|) at every place, infinities alike; as many numbers on both sides. */
export function close(got: Numbers, expected: Numbers, tolerance = 1e-9, message = ''): void {
  const [a, b] = [numbers(got), numbers(expected)];
  expect(a.length, `${message}: how many numbers`).toBe(b.length);
  a.forEach((value, i) => {
    if (value === b[i]) return;
    const off = Math.abs(value - b[i]!);
    expect(off <= tolerance * Math.max(1, Math.abs(b[i]!)), `${message}[${i}]: ${value}, not ${b[i]}`).toBe(true);
  });
}

/** Like `close`, relative to the expected number alone: for quantities that are tiny. */
export function closeRelative(got: Numbers, expected: Numbers, tolerance = 1e-9, message = ''): void {
  const [a, b] = [numbers(got), numbers(expected)];
  expect(a.length, `${message}: how many numbers`).toBe(b.length);
  a.forEach((value, i) => {
    if (value === b[i]) return;
    expect(Math.abs(value - b[i]!) <= tolerance * Math.abs(b[i]!), `${message}[${i}]: ${value}, not ${b[i]}`).toBe(
      true,
    );
  });
}

/** A configuration that no test understands is a failure. */
export function unknown(what: unknown): never {
  throw new Error(`no parity test understands ${JSON.stringify(what)}`);
}

/** Takes `names` out of a configuration, and fails if anything else is configured. */
export function only(config: Record<string, unknown>, ...names: string[]): void {
  const others = Object.keys(config).filter((name) => !names.includes(name));
  if (others.length > 0) unknown({ options: others });
}
