import { goldenFiles, hashUnit } from '@diptych/test-utils/eval';
import type { GoldenArray, GoldenCase } from '@diptych/test-utils/eval';
import { describe, expect, it } from 'vitest';
import { frechetDistance, moments, StreamingMoments } from './index.ts';
import type { FeatureRows, Moments } from './index.ts';

const array = (value: unknown) => value as GoldenArray;
const rowsOf = (value: unknown): FeatureRows => {
  const { shape, data } = array(value);
  return { rows: Float64Array.from(data), dims: shape[1] };
};

/** Every entry within `relative` of the largest expected entry. */
function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, relative: number): void {
  expect(actual.length).toBe(expected.length);
  const bound = relative * Math.max(...Array.from(expected, Math.abs), 1e-300);
  const worst = Math.max(...Array.from(expected, (value, i) => Math.abs(actual[i] - value)));
  expect(worst).toBeLessThanOrEqual(bound);
}

/** What each kind of file promises: the file's name says which kind it is. */
const promises: Record<string, (golden: GoldenCase) => void> = {
  frechet({ config, inputs, expected }) {
    const { exact, traceSum } = expected as { exact: number; traceSum: number };
    const tolerance = Math.max(1e-6 * exact, 1e-9 * traceSum);
    if (config.kind === 'features') {
      const { hash, samples, scale, shift } = inputs as {
        hash: string;
        samples: number[];
        scale: number[];
        shift: number[];
      };
      const dims = config.dim as number;
      const [a, b] = ['a', 'b'].map((side, i) => ({
        rows: hashUnit(`${hash}/${side}`, samples[i] * dims).map((u) => u * scale[i] + shift[i]),
        dims,
      }));
      expect(Math.abs(frechetDistance(a, b) - exact)).toBeLessThanOrEqual(1e-11 * traceSum);
      expect(Math.abs(frechetDistance(moments(a), moments(b)) - exact)).toBeLessThanOrEqual(tolerance);
      return;
    }
    const gaussian = (side: number): Moments => ({
      count: 2,
      dims: config.dim as number,
      mean: Float64Array.from(array(inputs[`mu${side}`]).data),
      covariance: Float64Array.from(array(inputs[`sigma${side}`]).data),
    });
    expect(Math.abs(frechetDistance(gaussian(1), gaussian(2)) - exact)).toBeLessThanOrEqual(tolerance);
    expect(Math.abs(frechetDistance(gaussian(2), gaussian(1)) - exact)).toBeLessThanOrEqual(tolerance);
  },

  moments({ config, inputs, expected }) {
    const features = rowsOf(inputs.features);
    const { dims, rows } = features;
    const stream = new StreamingMoments(dims);
    let from = 0;
    for (const size of config.batches as number[]) {
      stream.add({ rows: rows.subarray(from * dims, (from + size) * dims), dims });
      from += size;
    }
    for (const result of [stream.result(), moments(features)]) {
      expectClose(result.mean, array(expected.mean).data, 1e-11);
      expectClose(result.covariance, array(expected.covariance).data, 1e-10);
    }
  },
};

describe('parity with reference implementations', () => {
  for (const { name, cases } of goldenFiles('eval')) {
    const kind = Object.keys(promises).find((kind) => name === kind || name.startsWith(`${kind}-`));
    for (const golden of cases) {
      it(`parity: ${name}, ${golden.name}`, () => {
        if (!kind) throw new Error(`no promise for golden file ${name}`);
        promises[kind](golden);
      });
    }
  }
});
