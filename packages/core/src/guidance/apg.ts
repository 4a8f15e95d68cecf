import { checkOptions, checkShape, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { GuidanceRule } from './guided.ts';
import { runMemory } from '../sampling/run-memory.ts';
import { normRows, shareAlong } from './per-sample.ts';

export interface ApgUpdateOptions {
  /** Share of the part parallel to the better estimate that is kept. Default 0. */
  eta?: number;
  /** The update of a sample is cut to this norm; 0 is no limit. Default 0. */
  normThreshold?: number;
}

export interface ApgOptions extends ApgUpdateOptions {
  /** Guidance scale; 1 is the better estimate alone. Default 4. */
  scale?: number;
  /** Weight of the updates before, negative to push away from them. Default 0. */
  momentum?: number;
}

const updateRules = { eta: rules.finite, normThreshold: rules.nonNegative } as const;

/**
 * The direction of adaptive projected guidance from better - worse: cut, then without its part along `better` (a zero estimate has none).
 *
 * **Shapes** better, the difference and the result [B, ...].
 * **Memory** the caller owns the result.
 *
 * @example
 * const direction = apgUpdate(tf.sub(better, worse), better, { eta: 0, normThreshold: 10 });
 */
export function apgUpdate(gap: tf.Tensor, better: tf.Tensor, options: ApgUpdateOptions = {}): tf.Tensor {
  checkShape('apgUpdate', { better }, ['B', '...']);
  checkShape('apgUpdate', { gap }, better.shape);
  const { eta = 0, normThreshold = 0 } = checkOptions('apgUpdate', options, updateRules);
  return tf.tidy(() => {
    const cut = normThreshold > 0 ? tf.mul(gap, tf.div(normThreshold, tf.maximum(normRows(gap), normThreshold))) : gap;
    return tf.sub(cut, tf.mul(1 - eta, tf.mul(shareAlong(cut, better), better)));
  });
}

/**
 * Adaptive projected guidance: better + (scale - 1) update, with `apgUpdate` of the running sum gap + momentum (sum before). A rule with
 * momentum remembers one tensor for each sampling of `sample` or `samplePath`: every one begins anew, and its end frees it. Called outside
 * of those, it goes on from call to call until `dispose()`.
 *
 * @throws DiptychError if scale or momentum is not finite, or normThreshold < 0
 * @see Sadat et al. 2024, "Eliminating oversaturation and artifacts of high guidance scales", algorithm 1, arXiv:2410.02416
 * @example
 * const rule = apg({ scale: 4, momentum: -0.5, normThreshold: 2.5 });
 */
export function apg(options: ApgOptions = {}): GuidanceRule & { dispose(): void } {
  const apgRules = { ...updateRules, scale: rules.finite, momentum: rules.finite };
  const { scale = 4, momentum = 0, ...update } = checkOptions('apg', options, apgRules);
  const memory = runMemory();
  const rule: GuidanceRule = (better, worse) => {
    let gap = tf.sub(better, worse);
    if (momentum !== 0) {
      const sum = memory.recall(gap.shape);
      if (sum) gap = tf.add(gap, tf.mul(momentum, sum));
      memory.remember(gap);
    }
    return tf.add(better, tf.mul(scale - 1, apgUpdate(gap, better, update)));
  };
  return Object.assign(rule, { dispose: memory.dispose });
}
