import * as tf from '@tensorflow/tfjs-core';
import { check } from '@diptych/formats/errors';
import { fill, type Tensor1D } from '@tensorflow/tfjs-core';
import type { NetworkInput } from '@diptych/core';
import type { LabelEmbedding } from '../blocks/embedding/label-embedding.ts';

/** Backends whose tensors lie in the memory of the process: reading a few numbers costs nothing and blocks nothing. */
const hostBackends = ['cpu', 'wasm', 'tensorflow'];

/**
 * Refuses labels that are not int32 [B] or name no class. The range is checked where tensors lie in host memory; on a GPU
 * backend reading would stall the device, and a label out of range gives a zero embedding there.
 */
export function checkLabels(label: tf.Tensor1D, classes: number, nullClass?: number): void {
  check(label.rank === 1 && label.dtype === 'int32', 'LabelEmbedding', 'label', 'int32 of shape [B]', label);
  if (!hostBackends.includes(tf.getBackend())) return;
  // eslint-disable-next-line no-restricted-syntax -- host memory, see above
  const values = label.dataSync();
  const range = `a class from 0 to ${classes - 1}`;
  const fits = values.every((n) => (n >= 0 && n < classes) || n === nullClass);
  check(
    fits,
    'LabelEmbedding',
    'label',
    nullClass === undefined ? range : `${range}, or ${nullClass} for "no label"`,
    values,
  );
}

/** The labels of an input; without them the null class for each image. */
export function labelOrNull(where: string, { x, label }: NetworkInput, { nullClass }: LabelEmbedding): Tensor1D {
  const [batch] = x.shape;
  check(label || nullClass != null, where, 'label', 'given to a network without null class', label);
  if (!label) return fill([batch], nullClass!, 'int32');
  check(label.shape[0] === batch, where, 'label', `one for each of ${batch} images`, label);
  return label;
}
