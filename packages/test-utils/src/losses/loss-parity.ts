import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { fixtures, type FixtureCase, type FixtureFile, type NumberArray } from '../fixtures/index.ts';
import { onEachBackend, relativeError } from '../ops/index.ts';

/** What a file of golden numbers is about: as its `meta` says, or else its name. */
export function topicOf({ file, shared }: FixtureFile): string {
  const { file: said } = (shared['meta'] ?? {}) as { file?: string };
  return said?.replace(/^losses\//, '') ?? file;
}

/** Checks one case; it runs inside a tidy. */
export type ParityCheck = (of: FixtureCase) => void;

/**
 * Compares every case of one file of golden numbers with this library, on every backend. `config.kind` picks the check;
 * a kind that has none fails.
 */
export function lossParity(file: string, checks: Readonly<Record<string, ParityCheck>>, only = 'case'): void {
  const cases = fixtures('losses')
    .filter((of) => topicOf(of) === file)
    .flatMap((of) => of.cases);
  onEachBackend(`parity with losses/${file}`, () => {
    it(`parity: knows every kind in ${file}`, () => {
      if (!process.env.DIPTYCH_FIXTURES) expect(cases).not.toHaveLength(0);
      for (const { config } of cases) expect(Object.keys(checks)).toContain(config.kind ?? only);
    });
    for (const of of cases) {
      it(`parity: ${of.name}`, () => {
        const check = checks[(of.config.kind as string | undefined) ?? only];
        if (!check) throw new Error(`losses/${file}: no check for kind ${String(of.config.kind)}`);
        const before = tf.memory().numTensors;
        tf.tidy(() => check(of));
        expect(tf.memory().numTensors).toBe(before);
      });
    }
  });
}

/** The golden array as a tensor. */
export function golden<R extends tf.Rank = tf.Rank>({ shape, data }: NumberArray): tf.Tensor<R> {
  return tf.tensor<R>(Float32Array.from(data), shape as tf.ShapeMap[R]);
}

/** Asserts that values agree within rtol of the largest golden entry (default 1e-4, what the family's README calls fair). */
export function expectGolden(
  actual: tf.Tensor | ArrayLike<number>,
  expected: NumberArray | number | readonly number[],
  what: string,
  rtol = 1e-4,
): void {
  const numbers = typeof expected === 'number' ? [expected] : 'data' in expected ? expected.data : expected;
  expect(relativeError(actual, numbers), what).toBeLessThan(rtol);
  if (actual instanceof tf.Tensor && typeof expected === 'object' && 'shape' in expected) {
    expect(actual.shape, what).toEqual(expected.shape);
  }
}
