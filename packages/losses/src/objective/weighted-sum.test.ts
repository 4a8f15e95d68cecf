import { edm, foldIn, key } from '@diptych/core';
import { FakeNetwork, lossContract, randomBatch } from '@diptych/test-utils/losses';
import { onEachBackend } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { denoisingLoss } from '../denoising/denoising-loss.ts';
import { contrastiveDistillation } from '../distillation/contrastive-distillation.ts';
import { mlpHead } from '../distillation/heads/mlp-head.ts';
import type { Objective } from './objective.ts';
import { evaluateObjective } from './evaluate-objective.ts';
import { tensorBatch } from './tensor-batch.ts';
import { weightedSum } from './weighted-sum.ts';

const diffusion = edm();
const head = mlpHead({ layers: 2, hidden: 5, out: 3 });

lossContract('weightedSum', () =>
  weightedSum(
    [1, denoisingLoss(diffusion)],
    [(step) => 0.1 * (step + 1), contrastiveDistillation({ diffusion, tap: 'mid', projector: head, predictor: null })],
  ),
);

onEachBackend('weightedSum()', () => {
  const constant = (name: string, value: number, rest: Partial<Objective> = {}): Objective => ({
    name,
    ...rest,
    compute: () => ({ loss: tf.scalar(value), metrics: { [`${name}/loss`]: tf.scalar(value) } }),
  });
  const evaluate = (objective: Objective, step = 0) =>
    evaluateObjective(objective, { network: new FakeNetwork(), batch: tensorBatch(randomBatch()), key: key(1), step });

  it('adds weight times loss, with weights that follow the step, and logs every term unweighted', () => {
    tf.tidy(() => {
      const sum = weightedSum([2, constant('a', 3)], [(step) => step / 10, constant('b', 5)]);
      for (const step of [0, 4, 10]) {
        const { loss, metrics } = evaluate(sum, step);
        const values = Object.fromEntries(Object.entries(metrics).map(([name, of]) => [name, of.dataSync()[0]]));
        expect(loss.dataSync()[0]).toBeCloseTo(6 + step / 2, 6);
        expect(Object.keys(values).sort()).toEqual(['a/loss', 'b/loss', 'b/weight', 'total/loss']);
        expect(values).toMatchObject({ 'a/loss': 3, 'b/loss': 5, 'total/loss': loss.dataSync()[0] });
        expect(values['b/weight']).toBeCloseTo(step / 10, 6);
      }
    });
  });

  it('goes on computing a term of weight 0, without gradient from it', () => {
    tf.tidy(() => {
      const x = tf.variable(tf.scalar(2));
      const squared: Objective = {
        name: 'x',
        compute: () => ({ loss: tf.square(x), metrics: { 'x/loss': tf.square(x) } }),
      };
      const { grads } = tf.variableGrads(() => evaluate(weightedSum([0, squared], [1, constant('c', 1)])).loss, [x]);
      expect(grads[x.name].dataSync()[0]).toBe(0);
      expect(evaluate(weightedSum([0, squared])).metrics['x/loss'].dataSync()[0]).toBe(4);
      x.dispose();
    });
  });

  it('hands every term another key, in set-up too, and calls afterStep and dispose of all', () => {
    const keys: unknown[] = [];
    const events: string[] = [];
    const term = (name: string): Objective => ({
      name,
      setup: ({ key: own }) => void keys.push(own),
      compute(context) {
        keys.push(context.key);
        return { loss: tf.scalar(0), metrics: {} };
      },
      afterStep: ({ step }) => void events.push(`${name} after ${step}`),
      dispose: () => void events.push(`${name} disposed`),
    });
    const sum = weightedSum([1, term('a')], [1, term('b')]);
    const network = new FakeNetwork();
    sum.setup!({ network, batch: randomBatch(), key: key(9) });
    tf.tidy(() => void evaluate(sum));
    expect(new Set(keys.map(String)).size).toBe(4);
    expect(keys.slice(0, 2)).toEqual([foldIn(key(9), 0), foldIn(key(9), 1)]);
    sum.afterStep!({ network, step: 7 });
    sum.dispose!();
    expect(events).toEqual(['a after 7', 'b after 7', 'a disposed', 'b disposed']);
  });
});

describe('weightedSum()', () => {
  const term = (name: string): Objective => ({ name, compute: () => ({ loss: tf.scalar(0), metrics: {} }) });

  it('refuses no terms, two terms of one name, weights that are negative or not finite', () => {
    expect(() => weightedSum()).toThrow(/weightedSum: terms must be not empty, got \[\]/);
    expect(() => weightedSum([1, term('a')], [1, term('a')])).toThrow(
      /objectives of different names, got \["a", "a"\]/,
    );
    expect(() => weightedSum([NaN, term('a')])).toThrow(
      /weightedSum: weight of a must be a finite number >= 0, or a function, got NaN/,
    );
    expect(() => weightedSum([1, term('a')], [-0.1, term('b')])).toThrow(/weight of b must be .*>= 0, .*got -0.1/);
    const network = new FakeNetwork();
    tf.tidy(() => {
      const sum = weightedSum([(step) => 1 / step, term('a')]);
      const options = { network, batch: tensorBatch(randomBatch()), key: key(1), step: 0 };
      expect(() => evaluateObjective(sum, options)).toThrow(
        /weight of a at step 0 must be a finite number >= 0, got Infinity/,
      );
    });
  });
});
