import { foldIn, preconditioned } from '@diptych/core';
import type { Key, Process } from '@diptych/core';
import type { NamedTensorMap, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { StepContext, TensorBatch } from '../objective.ts';
import { noised } from '../step/noised.ts';
import { pooledFeature } from './pooled-feature.ts';

export interface ViewFeatureOptions {
  /** Dropout on. Default false. */
  training?: boolean;
  /** Weights in place of the network's own. */
  weights?: NamedTensorMap;
}

/** Pooled feature of a view at given noise levels, in a forward pass of its own. A view without labels has the batch's. */
export function viewFeature(...[context, process, tap, ...rest]: Parameters<typeof viewFeatures>): Tensor2D {
  return pooledFeature(context.network, tap, { [tap]: viewFeatures(context, process, tap, ...rest) });
}

/** The same feature as the network gives it, not pooled. */
export function viewFeatures(
  { network, batch, first }: StepContext,
  process: Process,
  tap: string,
  { x, label = batch.label, augmentation }: TensorBatch,
  sigma: readonly number[],
  key: Key,
  options: ViewFeatureOptions,
): Tensor {
  const noisy = noised(x, sigma, foldIn(key, 0), first);
  const { features } = preconditioned(network, process, noisy, sigma, {
    ...(label && { label }),
    ...(augmentation && { augmentation }),
    ...options,
    key: foldIn(key, 1),
    taps: [tap],
  });
  return features[tap] as Tensor;
}
