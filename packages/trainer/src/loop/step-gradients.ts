import type { Batch, NamedVariables } from '@diptych/core';
import { evaluateObjective, tensorBatch } from '@diptych/losses';
import type { EvaluateObjectiveOptions, Objective } from '@diptych/losses';
import { checkRule, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { ClippedGradients, GradientClip } from '../clipping/gradient-clip.ts';
import { globalNorm } from '../clipping/global-norm.ts';
import { namedGradients } from '../optimizers/packing/named-gradients.ts';
import { checkTensors } from '../optimizers/packing/named-tensors.ts';
import type { Packing, Vectors } from '../optimizers/packing/packing.ts';

export interface StepInput {
  objective: Objective;
  /** The parts of the logical batch. */
  batches: readonly Batch[];
  variables: NamedVariables;
  packing: Packing;
  /** Whether a factor may be left for the optimizer to multiply by. */
  takesFactor?: boolean;
  /** What the objective is told of the step. */
  context: Omit<EvaluateObjectiveOptions, 'batch' | 'first'>;
  clip: GradientClip | undefined;
}

/** What a step knows before it changes anything. The caller owns the tensors. */
export interface StepGradients {
  /** After clipping, but for the factor. */
  gradients: Vectors;
  /** What all of them are still to be multiplied by. */
  factor: tf.Scalar | undefined;
  /** The gradient's norm before clipping, the loss, the metrics. */
  report: tf.Tensor1D;
  metricNames: readonly string[];
}

/** Loss and clipped gradient of a logical batch: the mean over its parts, each weighed by its number of images. */
export function stepGradients(input: StepInput): StepGradients {
  const { batches } = input;
  const images = batches.reduce((sum, { shape }) => sum + shape[0], 0);
  let metricNames: readonly string[] = [];
  let first = 0;
  const { gradients, factor, report } = tf.tidy(() => {
    let total: { gradients: Vectors; scalars: tf.Tensor1D } | undefined;
    for (const batch of batches) {
      const share = batch.shape[0] / images;
      const before: typeof total = total;
      total = tf.tidy(() => {
        const part = partGradients(input, batch, first);
        metricNames = part.metricNames;
        if (batches.length === 1) return part;
        const add = (sum: tf.Tensor1D | undefined, x: tf.Tensor1D) =>
          sum ? tf.add<tf.Tensor1D>(sum, tf.mul(x, share)) : tf.mul<tf.Tensor1D>(x, share);
        const gradients = part.gradients.map((vector, i) => add(before?.gradients[i], vector));
        return { gradients, scalars: add(before?.scalars, part.scalars) };
      });
      if (before) tf.dispose([before.gradients as tf.Tensor[], before.scalars]);
      first += batch.shape[0];
    }
    const raw = total as NonNullable<typeof total>;
    const { gradients, factor, norm } = clipped(raw.gradients, input);
    return { gradients: [...gradients], factor, report: tf.concat1d([tf.reshape(norm, [1]), raw.scalars]) };
  });
  return { gradients, factor, report, metricNames };
}

/** Runs inside a tidy. */
function partGradients(input: StepInput, batch: Batch, first: number) {
  const { objective, variables, packing, context } = input;
  let kept: tf.Tensor1D | undefined;
  let metricNames: string[] = [];
  try {
    const tensors = tensorBatch(batch);
    const { gradients } = namedGradients(() => {
      const { loss, metrics } = evaluateObjective(objective, { ...context, batch: tensors, first });
      metricNames = Object.keys(metrics);
      const scalars = [loss, ...Object.values(metrics)].map((scalar) => tf.reshape(tf.cast(scalar, 'float32'), [1]));
      // The gradient scope frees all but the loss, so this one is kept by hand.
      kept = tf.keep(tf.concat(scalars) as tf.Tensor1D);
      return tf.reshape(loss, []) as tf.Scalar;
    }, variables);
    const scalars = tf.clone(kept as unknown as tf.Tensor1D);
    return { gradients: packing.pack(gradients) as tf.Tensor1D[], scalars, metricNames };
  } finally {
    kept?.dispose();
  }
}

function clipped(
  vectors: Vectors,
  { packing, clip, takesFactor }: StepInput,
): { gradients: Vectors; factor?: tf.Scalar; norm: tf.Tensor } {
  if (!clip) return { gradients: vectors, norm: globalNorm(vectors) };
  if (!clip.acrossParameters) {
    const { gradients, norm } = checkClipped(clip(packing.unpack(vectors)));
    return { gradients: packing.pack(gradients), norm: largest(norm) };
  }
  const named = Object.fromEntries(vectors.map((vector, i) => [i, vector]));
  if (clip.factor && takesFactor) {
    const { factor, norm } = clip.factor(named);
    return { gradients: vectors, factor, norm: largest(norm) };
  }
  const { gradients, norm } = checkClipped(clip(named));
  return { gradients: vectors.map((_, i) => gradients[i] as tf.Tensor1D), norm: largest(norm) };
}

/** What a clip of the user's own returns. */
function checkClipped(clipped: ClippedGradients): ClippedGradients {
  checkRule('train', 'what clip returns', rules.record, clipped);
  checkRule('train', 'norm of what clip returns', rules.tensor, clipped.norm);
  checkTensors('train', 'gradients of what clip returns', clipped.gradients);
  return clipped;
}

/** NaN if any is. */
function largest(norm: tf.Tensor): tf.Tensor {
  return norm.size === 1 ? norm : globalNorm([norm], { order: Infinity });
}
