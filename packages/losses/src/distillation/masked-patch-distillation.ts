import { foldIn, type Key, permutation, type Diffusion, split } from '@diptych/core';
import { lerpVariables, prefixed } from '@diptych/core/networks';
import { check, checkOptions, rules } from '@diptych/formats/errors';
import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { objectiveRules } from '../objective/objective-rules.ts';
import type { Objective, TensorBatch } from '../objective/objective.ts';
import { setupValue } from '../objective/setup-value.ts';
import { StepCenter } from '../pairwise/prototypes/center.ts';
import { centeredSoftmax } from '../pairwise/prototypes/centered-softmax.ts';
import { ibotLoss } from '../pairwise/prototypes/ibot-loss.ts';
import { dinoHead } from './heads/dino-head.ts';
import type { Head, HeadFactory } from './heads/head.ts';
import { applyToTokens, tapChannels, viewFeature } from './tap-features.ts';
import { samplingEmaTeacher } from './teachers/sampling-ema-teacher.ts';
import type { Teacher } from './teachers/teacher.ts';

export interface MaskedPatchDistillationOptions {
  /** Scales the images for the network; its noise levels are not used. */
  diffusion: Diffusion;
  /** Feature of the patches: tokens [B, N, D], of which the last are the patches, or a map [B, h, w, D]. */
  tap: string;
  /** Side of a patch in pixels. */
  patch: number;
  /** Share of the patches that is hidden from the student. Default 0.3, the middle of iBOT's 0.1 to 0.5. */
  share?: number;
  /** Noise level of student and teacher. Default 0.06. */
  sigma?: number;
  /** Divides the student's scores. Default 0.1. */
  studentTemperature?: number;
  /** Divides the teacher's scores. Default 0.04. */
  teacherTemperature?: number;
  /** Share of the old center that stays. Default 0.9. */
  centerMomentum?: number;
  /** Default `dinoHead()`. */
  projector?: HeadFactory;
  /** Default `samplingEmaTeacher()`. */
  teacher?: Teacher;
  /** Prefix of its metrics and variables. Default `patches`. */
  name?: string;
}

/**
 * iBOT's masked patches on a diffusion network: some patches of the student's image are masked (gray), and at these its distribution
 * must match that of the teacher, which sees the whole image.
 *
 *     L = mean over hidden patches of CE(softmax((head_EMA(h_EMA(x))_n - c)/T_t), softmax(head(h(masked x))_n/T_s))
 *
 * iBOT puts a learned token in the place of hidden patches; here the pixels are 0, so that any network can be used.
 *
 * **Shapes** the tap [B, N, D] (N at least the number P of patches) or [B, h, w, D] with h w = P; result a scalar.
 * **Memory** Holds `<name>.projector`, `.teacher.projector`, `.center` (and a `momentumTeacher`'s `.teacher.network`) from `setup`
 * to `dispose()`.
 *
 * @throws DiptychError if the network lacks the tap, the patch does not divide the image, or the feature has no vector for each patch
 * @see Zhou et al. 2022, iBOT, eq. 2 and 3, arXiv:2111.07832
 * @example
 * const objective = weightedSum([1, denoisingLoss(diffusion)], [0.1, maskedPatchDistillation({ diffusion, tap: 'mid', patch: 2 })]);
 */
export function maskedPatchDistillation(options: MaskedPatchDistillationOptions): Objective {
  const where = 'maskedPatchDistillation';
  const {
    diffusion,
    tap,
    patch,
    share = 0.3,
    sigma = 0.06,
    projector: make = dinoHead(),
    studentTemperature = 0.1,
    teacherTemperature = 0.04,
    centerMomentum = 0.9,
    teacher = samplingEmaTeacher(),
    name = 'patches',
  } = checkOptions(where, options, {
    diffusion: objectiveRules.diffusion,
    tap: objectiveRules.tap,
    patch: rules.required(rules.count),
    share: rules.interval('(0, 1]'),
    sigma: rules.positive,
    studentTemperature: rules.positive,
    teacherTemperature: rules.positive,
    centerMomentum: rules.share,
    projector: rules.callback,
    teacher: objectiveRules.teacher,
    name: objectiveRules.name,
  });
  const held = setupValue<{ projector: Head; keys: Head; center: StepCenter }>(where);
  return {
    name,
    setup({ network, batch, key }) {
      const [, height, width] = batch.shape;
      const fits = height % patch === 0 && width % patch === 0;
      check(fits, where, 'patch', `a divisor of the image's sides ${height} and ${width}`, patch);
      held.make(() => {
        const channels = tapChannels(where, network, diffusion, tap, batch);
        const [projector, keys] = [make(channels, key), make(channels, key)];
        return { projector, keys, center: new StepCenter(projector.outputs, { momentum: centerMomentum }) };
      });
      teacher.setup(network);
    },
    trainableVariables: () => prefixed(`${name}.projector`, held.get().projector.trainableVariables()),
    variables: () => ({
      ...prefixed(`${name}.projector`, held.get().projector.variables()),
      ...prefixed(`${name}.teacher.projector`, held.get().keys.variables()),
      ...prefixed(`${name}.teacher.network`, teacher.variables()),
      ...prefixed(name, held.get().center.variables()),
    }),
    compute(context) {
      const { projector, keys, center } = held.get();
      const { batch, training, step, first } = context;
      const [b, height, width] = batch.x.shape;
      const grid = [height / patch, width / patch] as const;
      const levels = Array<number>(b).fill(sigma);
      const [maskKey, studentKey, teacherKey] = split(context.key, 3) as [Key, Key, Key];
      const mask = hiddenPatches(maskKey, b, first, grid[0] * grid[1], share); // [B, P]
      const shown = tf.sub(1, grown(mask, grid, patch)); // [B, H, W, 1]
      const masked: TensorBatch = { ...batch, x: tf.mul(batch.x, shown) as tf.Tensor4D };
      const logits = (head: Head, feature: tf.Tensor) =>
        applyToTokens(head, patchTokens(where, feature, grid[0] * grid[1]), { training, step }) as tf.Tensor3D;

      const own = viewFeature(context, diffusion, tap, masked, levels, studentKey, { training });
      const targets = withoutGradient(() => {
        const weights = teacher.weights(context);
        const whole = viewFeature(context, diffusion, tap, batch, levels, teacherKey, weights ? { weights } : {});
        const scores = logits(keys, whole); // [B, P, K]
        if (training) center.remember(scores);
        return centeredSoftmax(scores, { center: center.value as tf.Tensor1D, temperature: teacherTemperature });
      });
      const loss = ibotLoss(logits(projector, own), targets, { mask, temperature: studentTemperature });
      return { loss, metrics: { [`${name}/loss`]: loss } };
    },
    afterStep(context) {
      const { projector, keys, center } = held.get();
      teacher.afterStep(context);
      lerpVariables(keys.trainableVariables(), projector.trainableVariables(), 1 - teacher.headMomentum(context.step));
      center.afterStep();
    },
    dispose() {
      for (const part of Object.values(held.take() ?? {}) as { dispose(): void }[]) part.dispose();
      teacher.dispose();
    },
  };
}

/** 1 where a patch is hidden, [B, P]; at least one in every image. */
function hiddenPatches(key: Key, b: number, first: number, patches: number, share: number): tf.Tensor2D {
  const count = Math.max(1, Math.round(share * patches));
  const mask = new Float32Array(b * patches);
  for (let i = 0; i < b; i++) {
    for (const p of permutation(foldIn(key, first + i), patches).subarray(0, count)) mask[i * patches + p] = 1;
  }
  return tf.tensor2d(mask, [b, patches]);
}

/** A value for each patch as one for each pixel: [B, h w] to [B, H, W, 1]. */
function grown(values: tf.Tensor2D, [h, w]: readonly [number, number], patch: number): tf.Tensor {
  const cells = tf.reshape(values, [-1, h, 1, w, 1]);
  return tf.reshape(tf.tile(cells, [1, 1, patch, 1, patch]), [-1, h * patch, w * patch, 1]);
}

/** The vectors of the patches, [B, P, D]. */
function patchTokens(where: string, feature: tf.Tensor, patches: number): tf.Tensor3D {
  const [b, width] = [feature.shape[0], feature.shape[feature.rank - 1]];
  const count = feature.size / (b * width);
  const fits = feature.rank === 4 ? count === patches : feature.rank === 3 && count >= patches;
  check(fits, where, 'the feature of tap', `a vector for each of ${patches} patches`, feature);
  return tf.slice(tf.reshape(feature, [b, count, width]) as tf.Tensor3D, [0, count - patches, 0]);
}
