import { foldIn, type Key, type NamedVariables, type Diffusion, split } from '@diptych/core';
import { lerpVariables, prefixed, readout } from '@diptych/core/networks';
import { check, checkLength, checkOptions, checkRule, rules, type OptionRules } from '@diptych/formats/errors';
import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { featureStd } from '../diagnostics/feature-std.ts';
import { meanCosine } from '../diagnostics/mean-cosine.ts';
import { checkScalar, objectiveRules } from '../objective/objective-rules.ts';
import type { Objective, TensorBatch } from '../objective/objective.ts';
import { setupValue } from '../objective/setup-value.ts';
import { contrastiveCriterion } from './criteria/contrastive-criterion.ts';
import type { Criterion } from './criteria/criterion.ts';
import type { Head, HeadFactory } from './heads/head.ts';
import { mlpHead } from './heads/mlp-head.ts';
import { pooledViewFeature, readoutWidth } from './tap-features.ts';
import { samplingEmaTeacher } from './teachers/sampling-ema-teacher.ts';
import type { Teacher } from './teachers/teacher.ts';

/** Fixed, or made of the noise levels of the student's shared pass. */
export type ViewSigma = number | ((student: readonly number[]) => readonly number[]);

export interface SelfDistillationOptions {
  /** The diffusion of the student's pass, shared with the denoising loss when it is the same value. */
  diffusion: Diffusion;
  /** Feature that is distilled; take the one that drives self-conditioning. */
  tap: string;
  /** How student and teacher are compared. Default `contrastiveCriterion()`; see `cosineCriterion` and `prototypeCriterion`. */
  criterion?: Criterion;
  /** Noise level of the teacher's images. Default 0.06. */
  teacherSigma?: ViewSigma;
  /** Noise level at which the student looks, in a pass of its own. Default none: the shared pass at the training levels. */
  studentSigma?: number;
  /** Also distil the other way round, the student on the further view; a second student pass. Default false. */
  symmetric?: boolean;
  /** Further views of the batch, after the first, that the student alone sees (DINO's local crops). Default 0. */
  localViews?: number;
  /** Head of student and teacher. Default `mlpHead()`: three layers, 256 wide at the end. */
  projector?: HeadFactory;
  /**
   * Further head of the student alone, as wide at its end as the projector; `null` for none. Default two layers, 4 times the feature wide
   * inside.
   */
  predictor?: HeadFactory | null;
  /** Default `samplingEmaTeacher()`. */
  teacher?: Teacher;
  /** Prefix of its metrics and variables. Default `distillation`. */
  name?: string;
}

export const selfDistillationRules: OptionRules<SelfDistillationOptions> = {
  diffusion: objectiveRules.diffusion,
  tap: objectiveRules.tap,
  criterion: objectiveRules.criterion,
  teacherSigma: objectiveRules.positive,
  studentSigma: rules.positive,
  symmetric: rules.flag,
  localViews: rules.index,
  projector: rules.callback,
  predictor: { words: 'a function, or null for none', holds: (value) => value === null || rules.callback.holds(value) },
  teacher: objectiveRules.teacher,
  name: objectiveRules.name,
};

interface Heads {
  projector: Head;
  /** The teacher's copy of the projector. */
  keys: Head;
  predictor: Head | undefined;
}

/**
 * Self-distillation inside a denoising network: the head on the student's pooled feature of one view must agree, as the
 * criterion says, with the teacher's head on the teacher's feature of another view of the same image.
 *
 *     L = criterion(predictor(projector(z(x1 + sigma n1))), sg(projector_EMA(z_EMA(x2 + sigma_teacher n2))))
 *
 * x2 is the batch's first further view, or the image itself (with other noise) when the batch has none; `symmetric`
 * averages over both roles of the views, `localViews` over further views of the student's. No gradient enters the teacher. Metrics:
 * `loss`, those of the criterion, and
 * of the student's projections `featureStd` (1 healthy, 0 collapsed) and `meanCosine` (1 collapsed).
 *
 * **Shapes** the tap [B, ..., D], its readout [B, D], heads [B, D] to [B, out]; loss and metrics scalars.
 * **Memory** From `setup` to `dispose()` it holds three heads: `<name>.projector`, `.predictor`, `.teacher.projector`; a
 * `momentumTeacher` adds `<name>.teacher.network`, the criterion `<name>.criterion`.
 *
 * @throws DiptychError if the network lacks the tap, the batch has one image, the heads do not fit, a noise level is not above 0, or
 * `setup` was not called
 * @see Xiang et al. 2025, DDAE++, arXiv:2505.10999; Chen, Xie and He 2021, MoCo v3, arXiv:2104.02057; Caron et al. 2021, DINO,
 * arXiv:2104.14294. The placement of noise and views is this library's reading of the method.
 * @example
 * const dino = selfDistillation({
 *   process, tap: 'mid', criterion: prototypeCriterion(), projector: dinoHead({ out: 512 }), predictor: null,
 *   teacher: momentumTeacher(cosineMomentum({ base: 0.996, steps: 5000 })),
 * });
 */
export function selfDistillation(options: SelfDistillationOptions): Objective {
  const where = 'selfDistillation';
  const {
    diffusion,
    tap,
    criterion = contrastiveCriterion(),
    teacherSigma = 0.06,
    studentSigma,
    symmetric = false,
    localViews = 0,
    projector: makeProjector = mlpHead(),
    predictor: makePredictor,
    teacher = samplingEmaTeacher(),
    name = 'distillation',
  } = checkOptions(where, options, selfDistillationRules);
  const heads = setupValue<Heads>(where);

  return {
    name,
    taps: studentSigma === undefined ? [tap] : [],
    setup({ network, batch, key }) {
      check(batch.shape[0] > 1, where, 'batch', 'of at least 2 images (others are the negatives)', batch.shape[0]);
      const { projector } = heads.make(() => {
        const width = readoutWidth(where, network, diffusion, tap, batch);
        return makeHeads(where, width, key, makeProjector, makePredictor);
      });
      teacher.setup(network);
      criterion.setup?.(projector.outputs);
    },
    trainableVariables() {
      const { projector, predictor } = heads.get();
      return {
        ...prefixed(`${name}.projector`, projector.trainableVariables()),
        ...prefixed(`${name}.predictor`, predictor?.trainableVariables() ?? {}),
      };
    },
    variables(): NamedVariables {
      const { projector, predictor, keys } = heads.get();
      return {
        ...prefixed(`${name}.projector`, projector.variables()),
        ...prefixed(`${name}.predictor`, predictor?.variables() ?? {}),
        ...prefixed(`${name}.teacher.projector`, keys.variables()),
        ...prefixed(`${name}.teacher.network`, teacher.variables()),
        ...prefixed(`${name}.criterion`, criterion.variables?.() ?? {}),
      };
    },
    compute(context) {
      const { projector, predictor, keys } = heads.get();
      const { batch, training, step, network } = context;
      const other = batch.views[0] ?? batch;
      const n = batch.x.shape[0];
      check(n > 1, where, 'batch', 'of at least 2 images (others are the negatives)', batch.x);
      check(other.x.shape[0] === n, where, 'batch.views[0]', `a further view of the ${n} images`, other.x);
      const local = batch.views.slice(1, 1 + localViews);
      check(local.length === localViews, where, 'batch.views', `${1 + localViews} further views`, batch.views.length);
      const shared = studentSigma === undefined ? context.pass(diffusion) : undefined;
      const levels = shared?.sigma ?? Array<number>(n).fill(studentSigma!);
      const teacherLevels = typeof teacherSigma === 'number' ? levels.map(() => teacherSigma) : teacherSigma(levels);

      checkRule(where, 'result of teacherSigma', rules.list(rules.positive), teacherLevels);
      checkLength(where, { 'result of teacherSigma': teacherLevels }, n, 'one per image');

      const student = (of: TensorBatch, key: Key) => {
        const own = () => pooledViewFeature(context, diffusion, tap, of, levels, key, { training });
        const pooled = shared && of === batch ? readout(network, tap, shared.features[tap]) : own();
        const z = projector.apply(pooled, { training, step }); // [B, out]
        return { z, q: predictor?.apply(z, { training, step }) ?? z };
      };
      const target = (of: TensorBatch, key: Key) =>
        withoutGradient(() => {
          const weights = teacher.weights(context);
          const pooled = pooledViewFeature(context, diffusion, tap, of, teacherLevels, key, weights ? { weights } : {});
          return keys.apply(pooled, { training, step }); // [B, out]
        });

      // Student and teacher never look at the same view; the image itself stands in for a view that is missing.
      const looks = [student(batch, foldIn(context.key, 1))];
      const targets = [target(other, foldIn(context.key, 0))];
      const pairs: [number, number][] = [[0, 0]];
      if (symmetric) {
        looks.push(student(other === batch ? { ...batch } : other, foldIn(context.key, 3)));
        targets.push(target(batch, foldIn(context.key, 2)));
        pairs.push([1, 1]);
      }
      for (const [i, view] of local.entries()) {
        looks.push(student(view, foldIn(context.key, 4 + i)));
        targets.forEach((_, t) => pairs.push([looks.length - 1, t]));
      }
      const values = pairs.map(([s, t]) => {
        const { z, q } = looks[s];
        const value = criterion.compute(q, targets[t], { step, training });
        checkScalar(where, 'the loss of criterion', value?.loss);
        return { z, ...value };
      });
      const loss = tf.div(tf.addN(values.map((value) => value.loss)), values.length) as tf.Scalar;
      const { z, metrics } = values[0];
      const logged = { loss, ...metrics, featureStd: featureStd(z), meanCosine: meanCosine(z) };
      return {
        loss,
        metrics: Object.fromEntries(Object.entries(logged).map(([of, value]) => [`${name}/${of}`, value])),
      };
    },
    afterStep(context) {
      const { projector, keys } = heads.get();
      teacher.afterStep(context);
      lerpVariables(keys.trainableVariables(), projector.trainableVariables(), 1 - teacher.headMomentum(context.step));
      criterion.afterStep?.();
    },
    dispose() {
      for (const head of Object.values(heads.take() ?? {}) as (Head | undefined)[]) head?.dispose();
      teacher.dispose();
      criterion.dispose?.();
    },
  };
}

function makeHeads(
  where: string,
  width: number,
  key: Key,
  makeProjector: HeadFactory,
  makePredictor: HeadFactory | null | undefined,
): Heads {
  const [projectorKey, predictorKey] = split(key);
  const projector = makeProjector(width, projectorKey);
  const out = projector.outputs;
  const predictor =
    makePredictor === null
      ? undefined
      : (makePredictor ?? mlpHead({ layers: 2, hidden: 4 * width, out }))(out, predictorKey);
  const fits = !predictor || predictor.outputs === out;
  if (!fits) for (const head of [projector, predictor]) head?.dispose();
  check(fits, where, 'predictor', `a head with ${out} outputs, as the projector`, predictor?.outputs);
  return { projector, predictor, keys: makeProjector(width, projectorKey) };
}
