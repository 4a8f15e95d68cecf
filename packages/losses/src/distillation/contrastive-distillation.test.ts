import { edm, key, type Network, normalTensor } from '@diptych/core';
import { stopGradient } from '@diptych/ops';
import { FakeNetwork, lossContract, randomBatch } from '@diptych/test-utils/losses';
import { onEachBackend } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { denoisingLoss } from '../denoising/denoising-loss.ts';
import { mlpHead } from './heads/mlp-head.ts';
import type { Objective, StepContext } from '../objective/objective.ts';
import { evaluateObjective } from '../objective/evaluate-objective.ts';
import { momentumTeacher } from './teachers/momentum-teacher.ts';
import { studentTeacher } from './teachers/student-teacher.ts';
import { tensorBatch } from '../objective/tensor-batch.ts';
import { weightedSum } from '../objective/weighted-sum.ts';
import { contrastiveDistillation, type ContrastiveDistillationOptions } from './contrastive-distillation.ts';

const diffusion = edm();
const small = {
  diffusion,
  tap: 'mid',
  projector: mlpHead({ layers: 2, hidden: 7, out: 4 }),
  predictor: mlpHead({ layers: 2, hidden: 6, out: 4 }),
};

lossContract('contrastiveDistillation, sampling EMA', () => contrastiveDistillation(small));
lossContract(
  'contrastiveDistillation, teacher of its own, another view',
  () => contrastiveDistillation({ ...small, teacher: momentumTeacher(0.9) }),
  { batch: randomBatch({ shape: [5, 2, 3, 2], views: 1 }) },
);
lossContract(
  'contrastiveDistillation, the student its teacher, no predictor',
  () => contrastiveDistillation({ ...small, predictor: null, teacher: studentTeacher(), temperature: 0.5 }),
  { stopsGradient: true, backends: ['cpu'] },
);

onEachBackend('contrastiveDistillation()', () => {
  const batch = randomBatch({ shape: [5, 3, 3, 2], views: 1 });
  const setUp = (options: Partial<ContrastiveDistillationOptions> = {}, network: Network = new FakeNetwork()) => {
    const objective = contrastiveDistillation({ ...small, teacher: studentTeacher(), ...options });
    objective.setup!({ network, batch, key: key(1) });
    return objective;
  };
  const evaluate = (objective: Objective, network: Network, of = batch, rest: object = {}) =>
    evaluateObjective(objective, { network, batch: tensorBatch(of), key: key(2), step: 0, ...rest });

  it('makes the student pass once for itself and the denoising loss, and one pass of the teacher', () => {
    const network = new FakeNetwork();
    const sum = weightedSum(
      [1, denoisingLoss(diffusion)],
      [0.1, contrastiveDistillation({ ...small, teacher: studentTeacher() })],
    );
    sum.setup!({ network, batch, key: key(1) });
    network.calls.length = 0;
    tf.tidy(() => void evaluate(sum, network));
    expect(network.calls.map(({ options }) => options.training ?? false)).toEqual([true, false]);
    expect(network.calls.map(({ options }) => options.taps)).toEqual([['mid'], ['mid']]);
  });

  it('shows the teacher the further view at the fixed low noise level, without a view the image itself with other noise', () => {
    const network = new FakeNetwork();
    const objective = setUp({ teacherSigma: 0.06 }, network);
    for (const of of [batch, randomBatch({ shape: [5, 3, 3, 2] })]) {
      network.calls.length = 0;
      tf.tidy(() => {
        evaluate(objective, network, of);
        const { x, noise } = network.calls[1];
        for (const level of noise) expect(level).toBeCloseTo(Math.log(0.06) / 4, 6);
        const shown = tf.div(tf.tensor4d(x, [5, 3, 3, 2]), diffusion.precondition(0.06).cIn);
        const difference = tf.sub(shown, tf.tensor4d((of.views?.[0] ?? of).x as Float32Array, [5, 3, 3, 2]));
        const deviation = tf.sqrt(tf.mean(tf.square(difference))).dataSync()[0];
        expect(deviation).toBeGreaterThan(0.05);
        expect(deviation).toBeLessThan(0.07);
      });
    }
    objective.dispose!();
  });

  it('shows the teacher the labels of the view, or those of the batch, and the augmentation of the view alone', () => {
    const network = new FakeNetwork();
    const objective = setUp({}, network);
    const label = Int32Array.from([1, 2, 3, 4, 5]);
    const of = { ...batch, label, augmentation: new Float32Array(45).fill(1) };
    network.calls.length = 0;
    tf.tidy(() => {
      evaluate(objective, network, of);
      evaluate(objective, network, { ...of, views: [{ ...of.views![0], label: label.map((v) => v + 1) }] });
    });
    expect(network.calls.map((call) => call.label?.[0])).toEqual([1, 1, 1, 2]);
    expect(network.calls.map((call) => call.augmentation?.length)).toEqual([45, undefined, 45, undefined]);
    objective.dispose!();
  });

  it('takes the noise levels of the teacher from a function of the student levels', () => {
    const network = new FakeNetwork();
    const objective = setUp({ teacherSigma: (student) => student.map((sigma) => sigma / 2) }, network);
    network.calls.length = 0;
    tf.tidy(() => {
      evaluate(objective, network);
      const [student, teacher] = network.calls.map(({ noise }) => noise);
      student!.forEach((level, i) => expect(teacher![i]).toBeCloseTo(level - Math.log(2) / 4, 5));
    });
    objective.dispose!();
  });

  it('lets no gradient into the teacher: with the student cut off, every gradient of the network is 0', () => {
    const network = new FakeNetwork();
    const objective = setUp({}, network);
    const cut: Objective = {
      ...objective,
      compute(context: StepContext) {
        const { features, ...pass } = context.pass(diffusion);
        const constant = Object.fromEntries(Object.entries(features).map(([tap, of]) => [tap, stopGradient(of)]));
        return objective.compute({ ...context, pass: () => ({ ...pass, features: constant }) });
      },
    };
    const network_ = Object.values(network.trainableVariables());
    const own = Object.values(objective.trainableVariables!());
    const grads = (of: Objective) => tf.variableGrads(() => evaluate(of, network).loss, [...network_, ...own]).grads;
    tf.tidy(() => {
      const [free, stopped] = [grads(objective), grads(cut)];
      const size = (gradient: tf.Tensor | null | undefined) => (gradient ? tf.max(tf.abs(gradient)).dataSync()[0] : 0);
      const reached = network_.filter((variable) => size(free[variable.name]) > 0);
      expect(reached.length).toBeGreaterThanOrEqual(2); // everything below the tap
      for (const variable of network_) expect(size(stopped[variable.name])).toBe(0);
      for (const variable of own) expect(size(stopped[variable.name])).toBeGreaterThan(0);
    });
    objective.dispose!();
  });

  it('uses the EMA of the trainer by default, with the heads moving at 0.99', () => {
    const network = new FakeNetwork();
    const objective = contrastiveDistillation(small);
    objective.setup!({ network, batch, key: key(1) });
    expect(Object.keys(objective.variables!()).some((name) => name.includes('teacher.network'))).toBe(false);
    tf.tidy(() => {
      const ema = Object.fromEntries(
        Object.entries(network.variables()).map(([name, of], i) => [name, normalTensor(key(i), of.shape)]),
      );
      const own = Object.fromEntries(
        Object.entries(network.variables()).map(([name, of]) => [name, tf.clone<tf.Tensor>(of)]),
      );
      const loss = (weights: tf.NamedTensorMap) =>
        evaluate(objective, network, batch, { ema: weights }).loss.dataSync()[0];
      expect(loss(ema)).not.toBe(loss(own));
      expect(() => evaluate(objective, network)).toThrow(/samplingEmaTeacher: training keeps no EMA/);

      const teacher = objective.variables!()['distillation.teacher.projector.layers.0.kernel'];
      const student = objective.variables!()['distillation.projector.layers.0.kernel'];
      const was = teacher.dataSync()[0];
      student.assign(tf.add(student, 1));
      objective.afterStep!({ network, step: 0, ema });
      expect(teacher.dataSync()[0] - was).toBeCloseTo(0.01, 6);
    });
    objective.dispose!();
  });

  it.each<[string, number[][], { accuracy: number; featureStd: number; meanCosine: number; loss: number }]>([
    [
      '1, sqrt(1 - 1/B), 0 of orthogonal features',
      Array.from({ length: 5 }, (_, i) => Array.from({ length: 5 }, (_, j) => (i === j ? i + 1 : 0))),
      { accuracy: 1, featureStd: Math.sqrt(4 / 5), meanCosine: 0, loss: 0.4 * Math.log1p(4 * Math.exp(-1 / 0.2)) },
    ],
    [
      '1, 1, -1/(B - 1) of features on both ends of every axis',
      [
        [3, 0],
        [-1, 0],
        [0, 2],
        [0, -5],
      ],
      {
        accuracy: 1,
        featureStd: 1,
        meanCosine: -1 / 3,
        loss: 0.4 * Math.log1p(2 * Math.exp(-5) + Math.exp(-10)),
      },
    ],
    [
      '0, 0, 1 of features that all point one way',
      [1, 2, 3, 4, 5].map((length) => [length, -length, 2 * length]),
      { accuracy: 0, featureStd: 0, meanCosine: 1, loss: 0.4 * Math.log(5) },
    ],
  ])('finds the positive and tells collapse: accuracy, featureStd and meanCosine are %s', (_, rows, wanted) => {
    const [count, width] = [rows.length, rows[0].length];
    const network: Network = {
      forward: ({ x }) => ({ output: tf.zerosLike(x), features: { mid: tf.slice(tf.tensor2d(rows), 0, x.shape[0]) } }),
      variables: () => ({}),
      trainableVariables: () => ({}),
      tapNames: () => ['mid'],
    };
    const of = randomBatch({ shape: [count, 3, 3, 2], views: 1 });
    const projector = mlpHead({ layers: 1, out: width, lastNorm: false });
    const objective = contrastiveDistillation({ ...small, teacher: studentTeacher(), projector, predictor: null });
    objective.setup!({ network, batch: of, key: key(1) });
    tf.tidy(() => {
      for (const head of ['projector', 'teacher.projector']) {
        objective.variables!()[`distillation.${head}.layers.0.kernel`].assign(tf.eye(width));
      }
      const { metrics } = evaluate(objective, network, of);
      for (const [name, value] of Object.entries(wanted)) {
        expect(metrics[`distillation/${name}`].dataSync()[0], name).toBeCloseTo(value, 5);
      }
    });
    objective.dispose!();
  });

  it('refuses an unknown tap, a batch of one, mismatched views, heads that do not fit, bad numbers, use before setup', () => {
    const network = new FakeNetwork();
    const make = (options: Partial<ContrastiveDistillationOptions>) => () =>
      contrastiveDistillation({ ...small, ...options });
    expect(make({ temperature: 0 })).toThrow(/contrastiveDistillation: temperature must be a finite number > 0, got 0/);
    expect(make({ teacherSigma: 0 })).toThrow(/teacherSigma/);
    expect(() => setUp({ tap: 'nowhere' }, network)).toThrow(
      /tap must be one of the network's taps \(mid, out\), got "nowhere"/,
    );
    const before = tf.memory().numTensors;
    expect(() => setUp({ predictor: mlpHead({ layers: 2, out: 3 }) }, network)).toThrow(
      /predictor must be a head with 4 outputs/,
    );
    expect(tf.memory().numTensors).toBe(before);
    const alone = randomBatch({ shape: [1, 3, 3, 2] });
    expect(() => make({})().setup!({ network, batch: alone, key: key(1) })).toThrow(
      /batch must be of at least 2 images/,
    );
    expect(() => make({})().variables!()).toThrow(/setup must be called before use/);
    const objective = setUp({}, network);
    expect(() => objective.setup!({ network, batch, key: key(1) })).toThrow(/setup was called a second time/);
    tf.tidy(() => {
      expect(() => evaluate(objective, network, alone)).toThrow(/selfDistillation: batch must be of at least 2 images/);
      const { x, views } = tensorBatch(batch);
      const fewer = { x, views: [{ ...views[0], x: tf.slice(views[0].x, 0, 4) as tf.Tensor4D }] };
      expect(() => evaluateObjective(objective, { network, batch: fewer, key: key(2), step: 0 })).toThrow(
        /batch.views\[0\] must be a further view of the 5 images/,
      );
    });
    objective.dispose!();
  });
});
