import { key, normalArray } from '@diptych/core';
import { describe, expect, it } from 'vitest';
import { classify } from '../probes/parts/classify.ts';
import { linearProbe } from '../probes/linear/linear-probe.ts';
import { logisticRegression } from '../probes/linear/logistic-regression.ts';
import { ridgeClassifier } from '../probes/ridge/ridge-classifier.ts';
import type { LabeledSource } from './feature-source.ts';

const dims = 5;
function data(seed: number, count: number) {
  const labels = Int32Array.from({ length: count }, (_, i) => i % 3);
  const rows = normalArray(key(seed), count * dims).map(
    (z, i) => z + (i % dims === labels[Math.floor(i / dims)] ? 1 : 0),
  );
  return { rows, dims, labels };
}

/** The rows in chunks of `size`, in one array that is used again and again. */
function inChunks({ rows, labels }: ReturnType<typeof data>, size: number): LabeledSource {
  return {
    count: labels.length,
    dims,
    labels,
    *chunks() {
      const buffer = new Float32Array(size * dims);
      for (let at = 0; at < rows.length; at += buffer.length) {
        const part = rows.subarray(at, at + buffer.length);
        buffer.set(part);
        yield { rows: buffer.subarray(0, part.length), dims };
      }
    },
  };
}

describe('rows in chunks', () => {
  const [train, validation, test] = [data(1, 90), data(2, 40), data(3, 40)];

  it.each([1, 7, 1000])('of %i give the bits of rows in memory: logistic regression, scores, linear probe', (size) => {
    const fit = logisticRegression(train, train.labels);
    expect(logisticRegression(inChunks(train, size), train.labels)).toEqual(fit);
    expect(classify(fit, inChunks(test, size))).toEqual(classify(fit, test));
    const chunked = {
      train: inChunks(train, size),
      validation: inChunks(validation, size),
      test: inChunks(test, size),
    };
    expect(linearProbe(chunked)).toEqual(linearProbe({ train, validation, test }));
  });

  it('give the ridge classifier within rounding', () => {
    const whole = ridgeClassifier(train, train.labels);
    const parts = ridgeClassifier(inChunks(train, 11), train.labels);
    whole.weight.forEach((value, i) => expect(parts.weight[i]).toBeCloseTo(value, 12));
    whole.bias.forEach((value, i) => expect(parts.bias[i]).toBeCloseTo(value, 12));
  });

  it('are refused with the number of the row that is not finite, and where the count is wrong', () => {
    const broken = { ...train, rows: train.rows.slice().fill(Infinity, 62 * dims, 62 * dims + 1) };
    expect(() => logisticRegression(inChunks(broken, 10), train.labels)).toThrow(
      /row 62 of features must be free of NaN/,
    );
    const short = { ...inChunks(train, 10), count: 91 };
    expect(() => logisticRegression(short, train.labels)).toThrow(
      /features must be 91 rows, as its count says, got 90/,
    );
    const other = { ...inChunks(train, 10), dims: 6 };
    expect(() => logisticRegression(other, train.labels)).toThrow(/dims must be 6 in every chunk, got 5/);
  });
});
