import { check } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';

/** Features [B, ...] with B >= 2 as rows [B, D], whatever lies between. */
export function flatRows(where: string, z: tf.Tensor): tf.Tensor2D {
  check(z.rank >= 2 && z.shape[0]! >= 2 && z.size > 0, where, 'z', 'of shape [B, ..., D] with B >= 2', z);
  return tf.reshape(z, [z.shape[0]!, -1]);
}
