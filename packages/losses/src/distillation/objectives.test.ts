import { edm, foldIn, key, type NamedVariables } from '@diptych/core';
import { linearRamp } from '@diptych/core/ramps';
import { FakeNetwork, lossContract, randomBatch } from '@diptych/test-utils/losses';
import { onEachBackend } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { evaluateObjective } from '../objective/evaluate-objective.ts';
import type { Objective } from '../objective/objective.ts';
import { tensorBatch } from '../objective/tensor-batch.ts';
import { ntXent } from '../pairwise/contrastive/nt-xent.ts';
import { dispersiveL2 } from '../pairwise/dispersion/dispersive-loss.ts';
import { contrastiveCriterion } from './criteria/contrastive-criterion.ts';
import { cosineCriterion } from './criteria/cosine-criterion.ts';
import { prototypeCriterion } from './criteria/prototype-criterion.ts';
import { featureRegularizer } from './feature-regularizer.ts';
import { dinoHead } from './heads/dino-head.ts';
import { mlpHead } from './heads/mlp-head.ts';
import { plainHead } from './heads/plain-head.ts';
import { jointEmbedding } from './joint-embedding.ts';
import { maskedPatchDistillation } from './masked-patch-distillation.ts';
import { representationAlignment } from './representation-alignment.ts';
import { selfAlignment } from './self-alignment.ts';
import { selfDistillation } from './self-distillation.ts';
import { momentumTeacher } from './teachers/momentum-teacher.ts';
import { studentTeacher } from './teachers/student-teacher.ts';

const diffusion = edm();
const views = randomBatch({ shape: [5, 2, 3, 2], views: 1 });
const projector = mlpHead({ layers: 2, hidden: 6, out: 4 });
const common = { diffusion, tap: 'mid', projector };
const teacher = () => momentumTeacher(0.9);

lossContract(
  'selfDistillation as BYOL',
  () => selfDistillation({ ...common, criterion: cosineCriterion(), teacher: teacher() }),
  {
    batch: views,
  },
);
lossContract(
  'selfDistillation as DINO',
  () =>
    selfDistillation({
      ...common,
      projector: dinoHead({ out: 7, layers: 2, hidden: 6, bottleneck: 4 }),
      predictor: null,
      criterion: prototypeCriterion({ teacherTemperature: linearRamp({ from: 0.04, to: 0.07, steps: 3 }) }),
      teacher: teacher(),
    }),
  { batch: views },
);
lossContract(
  'selfDistillation as DINOv2, balanced by Sinkhorn-Knopp',
  () =>
    selfDistillation({
      ...common,
      projector: dinoHead({ out: 3, layers: 1, bottleneck: 4 }),
      predictor: null,
      criterion: prototypeCriterion({ sinkhorn: { iterations: 3 } }),
      teacher: teacher(),
    }),
  { batch: views, backends: ['cpu'] },
);
lossContract(
  'selfDistillation as a symmetric baseline without denoising',
  () =>
    selfDistillation({
      ...common,
      projector: plainHead({ out: 4 }),
      predictor: null,
      studentSigma: 0.06,
      symmetric: true,
      teacher: teacher(),
    }),
  { batch: views, backends: ['cpu'] },
);
lossContract(
  'selfDistillation with keys of other workers',
  () => {
    const gather = (keys: tf.Tensor2D) => ({ keys: tf.concat([tf.reverse(keys, 1), keys]) as tf.Tensor2D, offset: 5 });
    return selfDistillation({
      ...common,
      predictor: null,
      criterion: contrastiveCriterion({ gather }),
      teacher: teacher(),
    });
  },
  { batch: views, backends: ['cpu'] },
);
lossContract('jointEmbedding', () => jointEmbedding({ ...common, loss: ntXent }), { batch: views });
lossContract('featureRegularizer', () => featureRegularizer({ diffusion, tap: 'mid', loss: dispersiveL2 }));
lossContract('representationAlignment', () =>
  representationAlignment({
    diffusion,
    tap: 'mid',
    targets: ({ x }) => tf.concat([x, tf.square(x)], -1),
    projector: plainHead({ out: 4, layers: 2, hidden: 5 }),
  }),
);
lossContract('maskedPatchDistillation', () =>
  maskedPatchDistillation({
    diffusion,
    tap: 'mid',
    patch: 1,
    projector: dinoHead({ out: 4, layers: 1, bottleneck: 3 }),
    teacher: teacher(),
  }),
);
lossContract('selfAlignment', () => selfAlignment({ diffusion, tap: 'mid', teacherTap: 'out', teacher: teacher() }));

onEachBackend('objectives of features', () => {
  const setUp = (objective: Objective, network = new FakeNetwork()) => {
    objective.setup!({ network, batch: views, key: key(1) });
    return objective;
  };
  const evaluate = (objective: Objective, network: FakeNetwork, step = 0, batch = views) =>
    evaluateObjective(objective, { network, batch: tensorBatch(batch), key: foldIn(key(2), step), step });

  it('selfDistillation(): symmetric is the mean of both roles, the student once more on the further view', () => {
    const network = new FakeNetwork();
    const objective = setUp(
      selfDistillation({ ...common, studentSigma: 0.2, teacherSigma: 0.1, symmetric: true, teacher: studentTeacher() }),
      network,
    );
    network.calls.length = 0;
    tf.tidy(() => void evaluate(objective, network));
    const levels = network.calls.map(({ noise }) => Math.exp(4 * noise[0]));
    [0.2, 0.1, 0.2, 0.1].forEach((level, i) => expect(levels[i]).toBeCloseTo(level, 5));
    expect(network.calls.map(({ options }) => options.training ?? false)).toEqual([true, false, true, false]);
    // The images of calls 0 and 3 are the batch, those of 1 and 2 the view: closer to it than to the other.
    const images = [views.x, views.views![0].x, views.views![0].x, views.x];
    network.calls.forEach(({ x }, i) => {
      const scale = diffusion.precondition(levels[i]).cIn;
      const off = (of: ArrayLike<number>) => x.reduce((sum, v, j) => sum + (v / scale - of[j]) ** 2, 0) / x.length;
      expect(off(images[i])).toBeLessThan(2 * levels[i] ** 2);
    });
    objective.dispose!();
  });

  it('selfDistillation(): compares local views with every teacher view, 2 (2 + n) - 2 pairs, and shows them to the student alone', () => {
    const network = new FakeNetwork();
    const crops = randomBatch({ shape: [5, 2, 3, 2], views: 3 });
    let pairs = 0;
    const counting = {
      compute: (a: tf.Tensor2D, b: tf.Tensor2D) => (
        pairs++,
        cosineCriterion().compute(a, b, { step: 0, training: true })
      ),
    };
    const options = {
      ...common,
      studentSigma: 0.2,
      teacherSigma: 0.1,
      symmetric: true,
      teacher: studentTeacher(),
      criterion: counting,
    };
    const objective = setUp(selfDistillation({ ...options, localViews: 2 }), network);
    network.calls.length = 0;
    tf.tidy(() => void evaluate(objective, network, 0, crops));
    expect(pairs).toBe(2 * (2 + 2) - 2);
    const levels = network.calls.map(({ noise }) => Math.exp(4 * noise[0]));
    expect(levels.filter((level) => level > 0.15)).toHaveLength(4);
    expect(levels.filter((level) => level < 0.15)).toHaveLength(2);
    tf.tidy(
      () => void expect(() => evaluate(objective, network)).toThrow(/batch.views must be 3 further views, got 1/),
    );
    expect(() => selfDistillation({ ...options, localViews: 0.5 })).toThrow(/localViews/);
    objective.dispose!();
  });

  it('maskedPatchDistillation(): hides the share of patches from the student alone, and refuses features without patches', () => {
    const network = new FakeNetwork();
    const batch = randomBatch({ shape: [5, 2, 3, 2] });
    const options = {
      diffusion,
      tap: 'mid',
      patch: 1,
      share: 0.5,
      sigma: 1e-3,
      projector: dinoHead({ out: 4, layers: 1, bottleneck: 3 }),
      teacher: studentTeacher(),
    };
    const objective = setUp(maskedPatchDistillation(options), network);
    network.calls.length = 0;
    tf.tidy(() => void evaluate(objective, network, 0, batch));
    const [student, whole] = network.calls.map(({ x }) => x.map((v) => v / diffusion.precondition(1e-3).cIn));
    for (let image = 0; image < 5; image++) {
      const pixels = Array.from({ length: 6 }, (_, p) => 2 * (6 * image + p));
      const hidden = pixels.filter((p) => Math.abs(student![p]) < 0.01 && Math.abs(student![p + 1]) < 0.01);
      expect(hidden).toHaveLength(3);
      for (const p of pixels) expect(whole![p]).toBeCloseTo(batch.x[p], 1);
    }
    expect(() => setUp(maskedPatchDistillation({ ...options, patch: 2 }))).toThrow(/patch must be a divisor/);
    expect(() => maskedPatchDistillation({ ...options, share: 0 })).toThrow(/share/);
    objective.dispose!();
  });

  it('prototypes(): refuses temperatures not above 0 and a momentum outside [0, 1] at once', () => {
    expect(() => prototypeCriterion({ studentTemperature: 0 })).toThrow(
      /studentTemperature must be a finite number > 0, got 0/,
    );
    expect(() => prototypeCriterion({ teacherTemperature: -0.04 })).toThrow(
      /teacherTemperature must be a finite number > 0/,
    );
    expect(() => prototypeCriterion({ centerMomentum: 1.5 })).toThrow(
      /centerMomentum must be a number in \[0, 1\], got 1.5/,
    );
  });

  it('prototypes(): moves the center after the step by the mean of the scores of the step, all parts of it', () => {
    const network = new FakeNetwork();
    const make = dinoHead({ out: 5, layers: 1, bottleneck: 4 });
    const objective = setUp(
      selfDistillation({
        ...common,
        projector: make,
        predictor: null,
        criterion: prototypeCriterion(),
        teacher: studentTeacher(),
      }),
      network,
    );
    const center = (objective.variables!() as NamedVariables)['distillation.criterion.center'];
    tf.tidy(() => {
      evaluate(objective, network);
      expect(Array.from(center.dataSync())).toEqual([0, 0, 0, 0, 0]);
      objective.afterStep!({ network, step: 0 });
      const moved = Array.from(center.dataSync());
      expect(moved.some((v) => Math.abs(v) > 1e-4)).toBe(true);
      objective.afterStep!({ network, step: 1 }); // nothing seen since
      expect(Array.from(center.dataSync())).toEqual(moved);
      const { metrics } = evaluate(objective, network, 1);
      const norm = Math.hypot(...moved);
      expect(metrics['distillation/centerNorm'].dataSync()[0]).toBeCloseTo(norm, 5);
      expect(metrics['distillation/balance'].dataSync()[0]).toBeLessThanOrEqual(Math.log(5) + 1e-5);
    });
    objective.dispose!();
  });

  it('dinoHead(): gives its prototypes no gradient in the frozen steps', () => {
    const network = new FakeNetwork();
    const objective = setUp(
      selfDistillation({
        ...common,
        projector: dinoHead({ out: 5, layers: 1, bottleneck: 4, frozenSteps: 2 }),
        predictor: null,
        criterion: prototypeCriterion(),
        teacher: teacher(),
      }),
      network,
    );
    const direction = objective.variables!()['distillation.projector.last.direction'];
    const kernel = objective.variables!()['distillation.projector.layers.0.kernel'];
    tf.tidy(() => {
      for (const [step, frozen] of [
        [0, true],
        [1, true],
        [2, false],
      ] as const) {
        const { grads } = tf.variableGrads(() => evaluate(objective, network, step).loss, [direction, kernel]);
        expect(grads[kernel.name]).toBeDefined();
        expect((grads[direction.name] ?? null) === null).toBe(frozen);
      }
    });
    objective.dispose!();
  });

  it('selfAlignment(): shows the teacher the same noise at 0.8 of the level', () => {
    const network = new FakeNetwork();
    const objective = setUp(
      selfAlignment({ diffusion, tap: 'mid', teacherTap: 'out', teacher: studentTeacher() }),
      network,
    );
    network.calls.length = 0;
    tf.tidy(() => void evaluate(objective, network));
    const [student, late] = network.calls;
    const pixels = views.x.length / 5;
    for (let i = 0; i < 5; i++) {
      const [sigma, lower] = [student!, late!].map(({ noise }) => Math.exp(4 * noise[i])) as [number, number];
      expect(lower / sigma).toBeCloseTo(0.8, 5);
      const noise = (of: typeof student, level: number) =>
        (of!.x[i * pixels] / diffusion.precondition(level).cIn - views.x[i * pixels]) / level;
      expect(noise(late, lower)).toBeCloseTo(noise(student, sigma), 3);
    }
    objective.dispose!();
  });

  it('refuse unknown taps, views that are missing, targets and heads that do not fit', () => {
    const network = new FakeNetwork();
    expect(() => setUp(featureRegularizer({ diffusion, tap: 'x', loss: dispersiveL2 }))).toThrow(
      /featureRegularizer: tap/,
    );
    expect(() => setUp(jointEmbedding({ ...common, tap: 'x', loss: ntXent }))).toThrow(/jointEmbedding: tap/);
    expect(() => jointEmbedding({ ...common, loss: ntXent, sigma: 0 })).toThrow(/jointEmbedding: sigma/);
    expect(() => setUp(selfAlignment({ diffusion, tap: 'mid', teacherTap: 'x' }))).toThrow(/selfAlignment: tap/);
    const narrow = selfAlignment({ diffusion, tap: 'mid', teacherTap: 'out', projector: plainHead({ out: 3 }) });
    expect(() => setUp(narrow)).toThrow(/selfAlignment: projector must be a head with 2 outputs/);
    expect(() => plainHead({ out: 0 })).toThrow(/plainHead: out/);
    expect(() => prototypeCriterion({ teacherTemperature: 0 })).toThrow(/prototypeCriterion: teacherTemperature/);
    expect(() => prototypeCriterion({ studentTemperature: -1 })).toThrow(/prototypeCriterion: studentTemperature/);
    const joint = setUp(jointEmbedding({ ...common, loss: ntXent }), network);
    tf.tidy(() => {
      const alone = randomBatch({ shape: [5, 2, 3, 2] });
      expect(() => evaluate(joint, network, 0, alone)).toThrow(
        /batch.views\[0\] must be a further view of the 5 images/,
      );
    });
    const wide = setUp(
      representationAlignment({
        diffusion,
        tap: 'mid',
        targets: ({ x }) => x,
        projector: plainHead({ out: 3, layers: 1 }),
      }),
      network,
    );
    tf.tidy(() => void expect(() => evaluate(wide, network)).toThrow(/tokenCosineLoss: target must be of shape \[/));
    joint.dispose!();
    wide.dispose!();
  });
});
