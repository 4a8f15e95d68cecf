import { edm, foldIn, key } from '@diptych/core';
import { FakeNetwork, randomBatch } from '@diptych/test-utils/losses';
import { onEachBackend, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { l2Normalize } from '../pairwise/l2-normalize.ts';
import { cosineCriterion } from '../distillation/criteria/cosine-criterion.ts';
import { selfDistillation } from '../distillation/self-distillation.ts';
import type { Head, HeadFactory } from '../distillation/heads/head.ts';
import { mlpHead } from '../distillation/heads/mlp-head.ts';
import { studentTeacher } from '../distillation/teachers/student-teacher.ts';
import type { Objective } from '../objective/objective.ts';
import { jointEmbedding } from '../distillation/joint-embedding.ts';
import { evaluateObjective } from '../objective/evaluate-objective.ts';
import { tensorBatch } from '../objective/tensor-batch.ts';
import { ntXent } from '../pairwise/contrastive/nt-xent.ts';
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
    expect(onPoint[1].explanation).toMatch(
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

  const common = { diffusion: edm(), tap: 'mid' };

  /** Trains an objective around a projector, and reports on the projections of the batch's images. */
  async function trained(projector: HeadFactory, make: (projector: HeadFactory) => Objective) {
    const network = new FakeNetwork({ width: 8 });
    const heads: Head[] = [];
    const objective = make((inputs, of) => {
      const head = projector(inputs, of);
      heads.push(head); // the student's is the first
      return head;
    });
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
      objective.afterStep?.({ network, step });
    }
    const features = tf.tidy((): tf.Tensor2D => {
      const noise = tf.fill([16], Math.log(0.06) / 4) as tf.Tensor1D;
      const { mid } = network.forward({ x: tensorBatch(views).x, noise }, { taps: ['mid'] }).features;
      return heads[0].apply(tf.mean(mid!, [1, 2]) as tf.Tensor2D, { training: true });
    });
    const { warnings } = await collapseReport({ features });
    features.dispose();
    optimizer.dispose();
    objective.dispose!();
    network.dispose();
    return warnings.map(({ diagnostic }) => diagnostic);
  }

  it('is flagged within the run when SimSiam has no stop-gradient', async () => {
    const projector = mlpHead({ layers: 1, out: 6, lastNorm: false });
    const warnings = await trained(projector, (of) => jointEmbedding({ ...common, loss: pull, projector: of }));
    expect(warnings).toContain('meanCosine');
  });

  it('is not flagged in SimSiam as it should be, nor where negatives repel', async () => {
    const simSiam = await trained(mlpHead({ layers: 2, hidden: 16, out: 6 }), (projector) =>
      selfDistillation({
        ...common,
        studentSigma: 0.06,
        symmetric: true,
        criterion: cosineCriterion(),
        teacher: studentTeacher(),
        projector,
        predictor: mlpHead({ layers: 2, hidden: 4, out: 6, lastNorm: false }),
      }),
    );
    expect(simSiam).toEqual([]);
    const simClr = await trained(mlpHead({ layers: 1, out: 6, lastNorm: false }), (projector) =>
      jointEmbedding({ ...common, loss: ntXent, projector }),
    );
    expect(simClr).toEqual([]);
  });
});
