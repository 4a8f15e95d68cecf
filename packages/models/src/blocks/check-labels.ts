import * as tf from '@tensorflow/tfjs-core';
import { check } from '@diptych/ops';

/** Backends whose tensors lie in the memory of the process: reading a few numbers costs nothing and blocks nothing. */
const hostBackends = ['cpu', 'wasm', 'tensorflow'];

/**
 * Refuses labels that are not int32 [B] or outside 0..rows-1. The range is checked where tensors lie in host memory; on a GPU
 * backend reading would stall the device, and a label out of range gives a zero embedding there.
 */
export function checkLabels(label: tf.Tensor1D, rows: number): void {
  check(label.rank === 1 && label.dtype === 'int32', 'LabelEmbedding', 'label', 'int32 of shape [B]', label);
  if (!hostBackends.includes(tf.getBackend())) return;
  // eslint-disable-next-line no-restricted-syntax -- host memory, see above
  const values = label.dataSync();
  const fits = values.every((n) => n >= 0 && n < rows);
  check(fits, 'LabelEmbedding', 'label', `classes from 0 to ${rows - 1}`, values);
}
