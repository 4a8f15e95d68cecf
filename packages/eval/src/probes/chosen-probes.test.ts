import { foldIn, key, normalArray, permutation } from '@diptych/core';
import { describe, expect, it } from 'vitest';
import { accuracy, classify } from './parts/classify.ts';
import { linearProbe } from './linear/linear-probe.ts';
import { nearestNeighborProbe } from './neighbors/nearest-neighbor-probe.ts';
import { nearestNeighborVote } from './neighbors/nearest-neighbor-vote.ts';
import { probeRecord } from './parts/probe-record.ts';
import type { LabeledRows } from './parts/probe-labels.ts';
import { ridgeClassifier } from './ridge/ridge-classifier.ts';
import { ridgeProbe } from './ridge/ridge-probe.ts';

function clusters(seed: number, count: number): LabeledRows {
  const labels = Int32Array.from({ length: count }, (_, i) => i % 3);
  const rows = normalArray(foldIn(key(2), seed), count * 4).map((z, i) => z + (i % 4 === labels[i >> 2] ? 1.2 : 0));
  return { rows, dims: 4, labels };
}
const parts = { train: clusters(1, 150), validation: clusters(2, 90), test: clusters(3, 90) };
const reversed = { ...parts, test: { ...parts.test, labels: Array.from(parts.test.labels).toReversed() } };

describe.each([
  ['linearProbe', () => linearProbe(parts), () => linearProbe(reversed)],
  ['ridgeProbe', () => ridgeProbe(parts), () => ridgeProbe(reversed)],
  ['nearestNeighborProbe', () => nearestNeighborProbe(parts), () => nearestNeighborProbe(reversed)],
])('%s', (_, run, runReversed) => {
  it('chooses on the validation rows and never looks at the test rows before the end', () => {
    const [found, blind] = [run(), runReversed()];
    expect(blind.trials).toEqual(found.trials);
    expect(blind.testAccuracy).not.toBe(found.testAccuracy);
    expect(found.validationAccuracy).toBe(Math.max(...found.trials.map((trial) => trial.validationAccuracy)));
  });
});

describe('ridgeProbe', () => {
  it('reports the ridge classifier of the penalty it chose', () => {
    const { alpha, testAccuracy } = ridgeProbe(parts, { standardize: false });
    const fit = ridgeClassifier(parts.train, parts.train.labels, { alpha });
    expect(testAccuracy).toBe(accuracy(classify(fit, parts.test).prediction, parts.test.labels));
    expect(testAccuracy).toBeGreaterThan(0.5);
    expect(() => ridgeProbe(parts, { alphas: [] })).toThrow(/alphas/);
    expect(() => ridgeProbe(parts, { alphas: [0] })).toThrow(
      /alphas must be an array of which each is a finite number > 0, got \[0\]/,
    );
  });
});

describe('nearestNeighborProbe', () => {
  it('reports the vote of the k it chose, whatever the order of the training rows', () => {
    const found = nearestNeighborProbe(parts, { k: [3, 9, 27] });
    const { prediction } = nearestNeighborVote(parts.train, parts.test, { k: found.k });
    expect(found.testAccuracy).toBe(accuracy(prediction, parts.test.labels));
    const order = permutation(key(1), 150);
    const train = {
      rows: parts.train.rows.map((_, i) => parts.train.rows[order[i >> 2] * 4 + (i & 3)]),
      dims: 4,
      labels: Array.from(order, (row) => parts.train.labels[row]),
    };
    expect(nearestNeighborProbe({ ...parts, train }, { k: [3, 9, 27] })).toEqual(found);
    expect(() => nearestNeighborProbe(parts, { k: [] })).toThrow(/k must be not empty/);
    expect(() => nearestNeighborProbe(parts, { k: [151] })).toThrow(/k must be an integer in 1 .. 150/);
  });
});

describe('probeRecord', () => {
  it('is JSON with the protocol, all trials, the confusion matrix, the version and what is added', () => {
    const found = ridgeProbe(parts);
    const record = JSON.parse(probeRecord(found, { features: 'abc' })) as Record<string, unknown>;
    expect(record).toMatchObject({ package: '@diptych/eval', version: expect.any(String), features: 'abc' });
    expect(record).toMatchObject({ protocol: found.protocol, trials: found.trials, alpha: found.alpha });
    expect(record.confusion).toEqual({
      classes: 3,
      counts: Array.from(found.confusion.counts),
      recall: Array.from(found.confusion.recall),
    });
  });
});
