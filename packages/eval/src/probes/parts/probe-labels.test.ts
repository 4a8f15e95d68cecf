import { describe, expect, it } from 'vitest';
import { confusionMatrix } from './confusion-matrix.ts';
import { checkLabels } from './probe-labels.ts';
import { logisticRegression } from '../linear/logistic-regression.ts';
import { nearestNeighborVote } from '../neighbors/nearest-neighbor-vote.ts';
import { ridgeClassifier } from '../ridge/ridge-classifier.ts';

describe('checkLabels', () => {
  it('takes as many classes from labels as there are rows, and any number that is given', () => {
    expect(checkLabels([0, 2, 1], 3, 'probe')).toBe(3);
    expect(checkLabels([0, 3, 1], 3, 'probe', 1000)).toBe(1000);
    expect(() => checkLabels([0, 3, 1], 3, 'probe')).toThrow(
      'probe: labels[1] must be below 3, the number of rows, unless classes are given, got 3',
    );
  });

  const rows = { rows: Float64Array.of(0, 1, 2, 3), dims: 2 };
  it.each([
    ['logisticRegression', (labels: number[]) => logisticRegression(rows, labels)],
    ['ridgeClassifier', (labels: number[]) => ridgeClassifier(rows, labels)],
    ['nearestNeighborVote', (labels: number[]) => nearestNeighborVote({ ...rows, labels }, rows, { k: 1 })],
    ['confusionMatrix', (labels: number[]) => confusionMatrix([0, 1], labels)],
  ])('one wrong label makes no millions of classes: %s', (_, of) => {
    expect(() => of([0, 1])).not.toThrow();
    for (const wrong of [1e8, 2 ** 31, 2 ** 32 + 1]) {
      expect(() => of([0, wrong])).toThrow(/labels\[1\] must be below 2/);
    }
  });
});
