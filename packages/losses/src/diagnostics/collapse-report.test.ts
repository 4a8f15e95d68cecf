import { edm, foldIn, key } from '@diptych/core';
import { FakeNetwork, randomBatch } from '@diptych/test-utils/losses';
import { onEachBackend, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { l2Normalize } from '../contrastive/l2-normalize.ts';
import { mlpHead } from '../heads/mlp-head.ts';
import type { Objective } from '../objective.ts';
import { jointEmbedding } from '../distillation/joint-embedding.ts';
import { evaluateObjective } from '../step/evaluate-objective.ts';
import { tensorBatch } from '../tensor-batch.ts';
import { ntXent } from '../views/nt-xent.ts';
import { collapseReport } from './collapse-report.ts';

onEachBackend('collapseReport()', () => {
  const named = (warnings: readonly { diagnostic: string }[]) => warnings.map(({ diagnostic }) => diagnostic);

  it('is silent about random features and balanced, decided assignments, and gives every value', async () => {
    const features = tensorOf([64, 8], 1) as tf.Tensor2D;
    const views = tf.tidy(() => tf.add(features, tensorOf([64, 8], 2, { scale: 0.1 })) as tf.Tensor2D);
    const probabilities = tf.tidy(() => tf.softmax(tf.mul(tensorOf([64, 5], 3), 5)) as tf.Tensor2D);
    const before = tf.memory().numTensors;
    const { values, warnings } = await collapseReport({ features, views, probabilities });
    expect(tf.memory().numTensors).toBe(before);
    expect(warnings).toEqual([]);
    expect(values['effectiveRank']).toBeGreaterThan(7);
    expect(values['alignment']).toBeLessThan(0.1);
    expect(values['uniformity']).toBeLessThan(-2);
    expect(values['maxEntropy']).toBeCloseTo(Math.log(5), 6);
    expect(values['balance']).toBeGreaterThan(1.4);
    tf.dispose([features, views, probabilities]);
  });

  it('says in words which collapse it is: to a point, to a line, to one prototype, to the uniform answer', async () => {
    const point = tf.tidy(() => tf.add(tensorOf([20, 30], 1, { scale: 1e-3 }), 1) as tf.Tensor2D);
    const line = tf.tidy(() => tf.mul(tensorOf([20, 1], 2), tf.ones([1, 30])) as tf.Tensor2D);
    const one = tf.tidy(() => tf.softmax(tf.tile(tf.tensor2d([[9, 0, 0, 0]]), [20, 1])) as tf.Tensor2D);
    const uniform = tf.fill([20, 4], 0.25) as tf.Tensor2D;
    const onPoint = (await collapseReport({ features: point })).warnings;
    expect(named(onPoint)).toEqual(['featureStd', 'meanCosine', 'effectiveRank']);
    expect(onPoint[1]!.explanation).toMatch(
      /^Different images point the same way: the mean cosine between them is 1\.00/,
    );
    expect(named((await collapseReport({ features: line })).warnings)).toEqual(['effectiveRank']);
    const healthy = tensorOf([20, 30], 5) as tf.Tensor2D;
    expect(named((await collapseReport({ features: healthy, probabilities: one })).warnings)).toEqual(['balance']);
    expect(named((await collapseReport({ features: healthy, probabilities: uniform })).warnings)).toEqual(['entropy']);
    tf.dispose([point, line, one, uniform, healthy]);
  });

  it('takes other thresholds', async () => {
    const features = tensorOf([64, 8], 1) as tf.Tensor2D;
    expect(named((await collapseReport({ features }, { rankShare: 1, featureStd: 2 })).warnings)).toEqual([
      'featureStd',
      'effectiveRank',
    ]);
    features.dispose();
  });
});

onEachBackend('a collapse', () => {
  const views = randomBatch({ shape: [16, 2, 2, 2], views: 1 });
  /** The cosine of SimSiam without its stop-gradient (and without batch norm's help). */
  const pull = (a: tf.Tensor2D, b: tf.Tensor2D) =>
    tf.neg(tf.mean(tf.sum(tf.mul(l2Normalize(a), l2Normalize(b)), -1))) as tf.Scalar;

  async function trained(loss: (a: tf.Tensor2D, b: tf.Tensor2D) => tf.Scalar) {
    const network = new FakeNetwork({ width: 8 });
    const projector = mlpHead({ layers: 1, out: 6, lastNorm: false });
    const objective: Objective = jointEmbedding({ process: edm(), tap: 'mid', loss, projector });
    objective.setup!({ network, batch: views, key: key(1) });
    const variables = [
      ...Object.values(network.trainableVariables()),
      ...Object.values(objective.trainableVariables!()),
    ];
    const optimizer = tf.train.adam(0.03);
    for (let step = 0; step < 60; step++) {
      tf.tidy(() => {
        const evaluate = () =>
          evaluateObjective(objective, { network, batch: tensorBatch(views), key: foldIn(key(2), step), step });
        optimizer.minimize(() => evaluate().loss, false, variables);
      });
    }
    const features = tf.tidy((): tf.Tensor2D => {
      const noise = tf.fill([16], Math.log(0.06) / 4) as tf.Tensor1D;
      const { mid } = network.forward({ x: tensorBatch(views).x, noise }, { taps: ['mid'] }).features;
      const pooled = tf.mean(mid!, [1, 2]) as tf.Tensor2D;
      const kernel = objective.variables!()['embedding.projector.layers.0.kernel'] as unknown as tf.Tensor2D;
      return tf.matMul(pooled, kernel) as tf.Tensor2D;
    });
    const report = await collapseReport({ features });
    features.dispose();
    optimizer.dispose();
    objective.dispose!();
    network.dispose();
    return report;
  }

  it('is flagged within the run when views only attract, and not when negatives repel', async () => {
    const collapsed = await trained(pull);
    expect(collapsed.warnings.map(({ diagnostic }) => diagnostic)).toContain('meanCosine');
    const healthy = await trained(ntXent);
    expect(healthy.warnings).toEqual([]);
  });
});
