import { preconditioned } from '@diptych/core';
import type { Batch, Network, Process } from '@diptych/core';
import { check } from '@diptych/formats/errors';
import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { tensorBatch } from '../tensor-batch.ts';
import { pooledFeature } from './pooled-feature.ts';

/** Width D of a tap's pooled feature (or what `of` says of the feature itself), found by a pass over the first image. */
export function featureWidth(
  where: string,
  network: Network,
  process: Process,
  tap: string,
  batch: Batch,
  of?: (feature: tf.Tensor) => number,
): number {
  const known = network.tapNames();
  check(known.includes(tap), where, 'options.tap', `one of the network's taps (${known.join(', ')})`, tap);
  return withoutGradient(() => {
    const { x, label, augmentation } = tensorBatch({ ...batch, views: [] });
    const first = <T extends tf.Tensor>(rows: T) => tf.slice(rows, 0, 1);
    const { features } = preconditioned(network, process, first(x), [process.sigmaQuantile(0.5)], {
      ...(label && { label: first(label) }),
      ...(augmentation && { augmentation: first(augmentation) }),
      taps: [tap],
    });
    if (of) return of(features[tap] as tf.Tensor);
    const pooled = pooledFeature(network, tap, features);
    check(pooled.rank === 2, where, `the network's readout of ${tap}`, 'of shape [B, D]', pooled);
    return pooled.shape[1];
  });
}
