import { key } from '@diptych/core';
import { describe, expect, it } from 'vitest';
import { classify } from '../parts/classify.ts';
import { LinearHead } from './linear-head.ts';

const batches = [
  { rows: new Float64Array([0.5, -1, 2, 1.5, 0, -1, -0.5, 2, 0.25, 0, 1, 1]), labels: [0, 1, 1, 0] },
  { rows: new Float64Array([1, 1, 1, -2, 0.5, 0, 0.75, -0.25, 3, 0.1, 0.2, 0.3]), labels: [1, 0, 1, 0] },
];

// PyTorch 2.8 in float64: nn.Linear(3, 2), before it nothing or nn.BatchNorm1d(3, affine=False); Adam(lr=0.1),
// CosineAnnealingLR(3) stepped after each of 3 epochs of two batches; losses, then scores of the first batch in eval mode.
const expected = {
  plain: {
    losses: [
      0.590418509452826, 1.042465429478739, 0.49366288939084735, 0.8507657866624336, 0.48080030476068525,
      0.7439110818723261,
    ],
    scores: [
      0.8107102727201446, -0.11071027272014476, -0.7800238205460954, 0.08002382054609543, -0.4678712816639903,
      0.6678712816639903, -0.026102184853698057, 0.42610218485369805,
    ],
  },
  batchNorm: {
    losses: [
      0.6206191896872554, 1.033647056336178, 0.4919827512706448, 0.8462049633222064, 0.4843460904524382,
      0.7462848971115636,
    ],
    scores: [
      0.6634889021264881, -0.18568533764744424, -0.7108562587279206, -0.03604422420058155, -0.23302911524664527,
      0.29159911668340055, 0.07469859791012172, 0.15022666898330858,
    ],
  },
};

describe('LinearHead', () => {
  const options = { dims: 3, classes: 2, key: key(0) };

  it.each([false, true])('learns as PyTorch does, step by step (batchNorm %s)', (batchNorm) => {
    const head = new LinearHead({ ...options, batchNorm });
    head.restore({ ...head.state(), values: new Float64Array([0.1, -0.2, 0.3, -0.3, 0.2, 0.1, 0.05, -0.05]) });
    const losses: number[] = [];
    for (let epoch = 0; epoch < 3; epoch++) {
      const rate = 0.05 * (1 + Math.cos((Math.PI * epoch) / 3));
      for (const { rows, labels } of batches) losses.push(head.step({ rows, dims: 3 }, labels, rate).loss);
    }
    const reference = batchNorm ? expected.batchNorm : expected.plain;
    losses.forEach((loss, i) => expect(loss).toBeCloseTo(reference.losses[i], 12));
    const { logits } = classify(head.classifier(), { rows: batches[0].rows, dims: 3 });
    reference.scores.forEach((score, i) => expect(logits[i]).toBeCloseTo(score, 12));
  });

  it('begins within 1 / sqrt(dims), by the key', () => {
    const values = (seed: number) =>
      new LinearHead({ dims: 100, classes: 4, key: key(seed), batchNorm: false }).state().values;
    expect(values(1)).toEqual(values(1));
    expect(values(1)).not.toEqual(values(2));
    const most = values(1).reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    expect(most).toBeGreaterThan(0.09);
    expect(most).toBeLessThanOrEqual(0.1);
  });

  it('goes on from a state as if nothing had happened', () => {
    const head = new LinearHead({ ...options, batchNorm: true });
    const step = (one: LinearHead, i: number) => one.step({ rows: batches[i].rows, dims: 3 }, batches[i].labels, 0.1);
    step(head, 0);
    const copy = new LinearHead({ ...options, batchNorm: true });
    copy.restore(head.state());
    expect([step(copy, 1), step(copy, 0)]).toEqual([step(head, 1), step(head, 0)]);
  });
});
