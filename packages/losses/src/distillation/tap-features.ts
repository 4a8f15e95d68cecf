import { type Batch, foldIn, type Key, type Network, preconditioned, type Diffusion } from '@diptych/core';
import { readout } from '@diptych/core/networks';
import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import type { StepContext, TensorBatch } from '../objective/objective.ts';
import { checkTap, noised } from '../objective/pass.ts';
import { tensorBatch } from '../objective/tensor-batch.ts';
import type { Head, HeadOptions } from './heads/head.ts';

export interface ViewFeatureOptions {
  /** Dropout on. Default false. */
  training?: boolean;
  /** Weights in place of the network's own. */
  weights?: tf.NamedTensorMap;
}

/** A feature of a view at given noise levels, in a forward pass of its own. A view without labels has the batch's. */
export function viewFeature(
  { network, batch, first }: StepContext,
  diffusion: Diffusion,
  tap: string,
  { x, label = batch.label, augmentation }: TensorBatch,
  sigma: readonly number[],
  key: Key,
  options: ViewFeatureOptions,
): tf.Tensor {
  const noisy = noised(x, sigma, foldIn(key, 0), first);
  const { features } = preconditioned(network, diffusion, noisy, sigma, {
    ...(label && { label }),
    ...(augmentation && { augmentation }),
    ...options,
    key: foldIn(key, 1),
    taps: [tap],
  });
  return features[tap];
}

/** The same, as one vector for each sample, [B, D]. */
export function pooledViewFeature(...[context, diffusion, tap, ...rest]: Parameters<typeof viewFeature>): tf.Tensor2D {
  return readout(context.network, tap, viewFeature(context, diffusion, tap, ...rest));
}

/** Width D of a tap's readout, found by a pass over the first image. */
export const readoutWidth = (
  where: string,
  network: Network,
  diffusion: Diffusion,
  tap: string,
  batch: Batch,
): number => measured(where, network, diffusion, tap, batch, (feature) => readout(network, tap, feature).shape[1]);

/** Channels of a tap, found by a pass over the first image. */
export const tapChannels = (where: string, network: Network, diffusion: Diffusion, tap: string, batch: Batch): number =>
  measured(where, network, diffusion, tap, batch, ({ shape }) => shape[shape.length - 1]);

function measured(
  where: string,
  network: Network,
  diffusion: Diffusion,
  tap: string,
  batch: Batch,
  width: (feature: tf.Tensor) => number,
): number {
  checkTap(where, network, tap);
  return withoutGradient(() => {
    const { x, label, augmentation } = tensorBatch({ ...batch, views: [] });
    const first = <T extends tf.Tensor>(rows: T) => tf.slice(rows, 0, 1);
    const { features } = preconditioned(network, diffusion, first(x), [diffusion.sigmaQuantile(0.5)], {
      ...(label && { label: first(label) }),
      ...(augmentation && { augmentation: first(augmentation) }),
      taps: [tap],
    });
    return width(features[tap]);
  });
}

/** A head on every token or pixel by itself: [B, ..., D] to [B, ..., out]. */
export function applyToTokens(head: Head, x: tf.Tensor, options: HeadOptions): tf.Tensor {
  return tf.tidy(() => {
    const rows = tf.reshape(x, [-1, x.shape[x.rank - 1]]) as tf.Tensor2D; // [B N, D]
    return tf.reshape(head.apply(rows, options), [...x.shape.slice(0, -1), head.outputs]);
  });
}
