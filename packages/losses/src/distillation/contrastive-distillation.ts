import { foldIn, preconditioned, split } from '@diptych/core';
import type { NamedVariables, Process } from '@diptych/core';
import { check, withoutGradient } from '@diptych/ops';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import { contrastiveAccuracy } from '../contrastive/contrastive-accuracy.ts';
import { infoNce } from '../contrastive/info-nce.ts';
import { featureStd } from '../diagnostics/feature-std.ts';
import { meanCosine } from '../diagnostics/mean-cosine.ts';
import type { Head, HeadFactory } from '../heads/head.ts';
import { mlpHead } from '../heads/mlp-head.ts';
import { prefixed } from '../heads/prefixed.ts';
import type { Objective, StepContext } from '../objective.ts';
import { noised } from '../step/noised.ts';
import { moveTowards } from '../teacher/move-towards.ts';
import { samplingEmaTeacher } from '../teacher/sampling-ema-teacher.ts';
import type { Teacher } from '../teacher/teacher.ts';
import { featureWidth } from './feature-width.ts';
import { pooledFeature } from './pooled-feature.ts';

export interface ContrastiveDistillationOptions {
  /** Process of the student's pass, shared with the denoising loss when it is the same value. */
  process: Process;
  /** Feature that is distilled; take the one that drives self-conditioning. */
  tap: string;
  /** Noise level of the teacher's images: fixed and low, or made of the student's levels. Default 0.06. */
  teacherSigma?: number | ((student: readonly number[]) => readonly number[]);
  /** Divides the cosines. Default 0.2. */
  temperature?: number;
  /** Head of student and teacher. Default `mlpHead()`: three layers, 256 wide at the end. */
  projector?: HeadFactory;
  /** Further head of the student alone, as wide at its end as the projector. Default two layers; `null` for none. */
  predictor?: HeadFactory | null;
  /** Default `samplingEmaTeacher()`. */
  teacher?: Teacher;
  /** Prefix of its metrics and variables. Default `distillation`. */
  name?: string;
}

interface Heads {
  projector: Head;
  /** The teacher's copy of the projector. */
  keys: Head;
  predictor: Head | undefined;
}

/**
 * Contrastive self-distillation inside a denoising network, one-directional: the student's pooled feature of the noised
 * training image, of the very pass that denoises, must find the teacher's feature of another view of the same image.
 *
 *     q = predictor(projector(z(x1 + sigma n1))),  k = projector_EMA(z_EMA(x2 + sigma_teacher n2)),  L = InfoNCE(q, k)
 *
 * x2 is the batch's first further view, or the image itself (with other noise) when the batch has none. No gradient
 * enters the teacher. Metrics: `loss`, `accuracy` (is the positive the most similar key), and of the student's
 * projections `featureStd` (1 healthy, 0 collapsed) and `meanCosine` (1 collapsed).
 *
 * **Memory** From `setup` to `dispose()` it holds three heads: `<name>.projector`, `.predictor`, `.teacher.projector`; a
 * `momentumTeacher` adds `<name>.teacher.network`.
 *
 * @throws DiptychError on an unknown tap, a batch of one, heads that do not fit, `teacherSigma` or temperature not above 0.
 * @see DDAE++, arXiv 2505.10999; MoCo v3, arXiv 2104.02057, Algorithm 1. The placement of noise and views is this library's reading of the method.
 * @example
 * const objective = weightedSum([1, denoisingLoss(process)], [0.1, contrastiveDistillation({ process, tap: 'mid' })]);
 */
export function contrastiveDistillation(options: ContrastiveDistillationOptions): Objective {
  const where = 'contrastiveDistillation';
  const { process, tap, teacherSigma = 0.06, temperature = 0.2, teacher = samplingEmaTeacher() } = options;
  const { projector: makeProjector = mlpHead(), predictor: makePredictor, name = 'distillation' } = options;
  check(temperature > 0, where, 'options.temperature', 'above 0', temperature);
  if (typeof teacherSigma === 'number') {
    check(
      teacherSigma > 0 && Number.isFinite(teacherSigma),
      where,
      'options.teacherSigma',
      'finite, above 0',
      teacherSigma,
    );
  }
  let heads: Heads | undefined;
  const built = (): Heads => {
    check(heads, where, 'objective', 'set up before it is used (call setup)', heads);
    return heads;
  };

  const teacherKeys = (context: StepContext, student: readonly number[]): Tensor2D =>
    withoutGradient(() => {
      const { network, batch, first, training } = context;
      const view = batch.views[0] ?? batch;
      const sigma = typeof teacherSigma === 'number' ? student.map(() => teacherSigma) : teacherSigma(student);
      check(
        view.x.shape[0] === sigma.length,
        where,
        'batch.views[0]',
        `${sigma.length} images, one per noise level`,
        view.x,
      );
      const noisy = noised(view.x, sigma, foldIn(context.key, 0), first);
      const { label, augmentation } = view;
      const weights = teacher.weights(context);
      const conditions = {
        ...(label && { label }),
        ...(augmentation && { augmentation }),
        ...(weights && { weights }),
      };
      const { features } = preconditioned(network, process, noisy, sigma, { ...conditions, taps: [tap] });
      return built().keys.apply(pooledFeature(network, tap, features), { training });
    });

  return {
    name,
    taps: [tap],
    setup({ network, batch, key }) {
      check(!heads, where, 'objective', 'set up once', 'a second setup');
      check(batch.shape[0] > 1, where, 'batch', 'of at least 2 images (others are the negatives)', batch.shape[0]);
      const width = featureWidth(where, network, process, tap, batch);
      const [projectorKey, predictorKey] = split(key);
      const projector = makeProjector(width, projectorKey);
      const out = projector.outputs;
      const predictor =
        makePredictor === null ? undefined : (makePredictor ?? mlpHead({ layers: 2, out }))(out, predictorKey);
      const fits = !predictor || predictor.outputs === out;
      check(fits, where, 'options.predictor', `a head with ${out} outputs, as the projector`, predictor?.outputs);
      heads = { projector, predictor, keys: makeProjector(width, projectorKey) };
      teacher.setup(network);
    },
    trainableVariables() {
      const { projector, predictor } = built();
      return {
        ...prefixed(`${name}.projector`, projector.trainableVariables()),
        ...prefixed(`${name}.predictor`, predictor?.trainableVariables() ?? {}),
      };
    },
    variables(): NamedVariables {
      const { projector, predictor, keys } = built();
      return {
        ...prefixed(`${name}.projector`, projector.variables()),
        ...prefixed(`${name}.predictor`, predictor?.variables() ?? {}),
        ...prefixed(`${name}.teacher.projector`, keys.variables()),
        ...prefixed(`${name}.teacher.network`, teacher.variables()),
      };
    },
    compute(context) {
      const { projector, predictor } = built();
      const { network, training, batch } = context;
      check(batch.x.shape[0] > 1, where, 'batch', 'of at least 2 images (others are the negatives)', batch.x);
      const { sigma, features } = context.pass(process);
      const z = projector.apply(pooledFeature(network, tap, features), { training }); // [B, out]
      const q = predictor?.apply(z, { training }) ?? z;
      const k = teacherKeys(context, sigma);
      const loss = infoNce(q, k, { temperature });
      const metrics: Record<string, Scalar> = {
        [`${name}/loss`]: loss,
        [`${name}/accuracy`]: contrastiveAccuracy(q, k),
        [`${name}/featureStd`]: featureStd(z),
        [`${name}/meanCosine`]: meanCosine(z),
      };
      return { loss, metrics };
    },
    afterStep(context) {
      const { projector, keys } = built();
      teacher.afterStep(context);
      moveTowards(keys.trainableVariables(), projector.trainableVariables(), teacher.headMomentum(context.step));
    },
    dispose() {
      for (const head of [heads?.projector, heads?.predictor, heads?.keys]) head?.dispose();
      teacher.dispose();
      heads = undefined;
    },
  };
}
