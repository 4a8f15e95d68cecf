import type { Batch } from '@diptych/core';
import { tensorBatch } from '@diptych/losses';
import type { StepContext } from '@diptych/losses';
import * as tf from '@tensorflow/tfjs-core';

/** Mean squared error between the network's output on clean images and these images: an objective without randomness. */
export function autoencoding({ network, batch: { x } }: Pick<StepContext, 'network' | 'batch'>): tf.Scalar {
  const noise = tf.zeros([x.shape[0]]) as tf.Tensor1D;
  return tf.losses.meanSquaredError(x, network.forward({ x, noise }).output) as tf.Scalar;
}

/** The same on a batch of plain numbers. */
export function autoencodingOn(network: StepContext['network'], batch: Batch): tf.Scalar {
  return autoencoding({ network, batch: tensorBatch(batch) });
}
