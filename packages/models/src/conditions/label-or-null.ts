import { fill, type Tensor1D } from '@tensorflow/tfjs-core';
import type { NetworkInput } from '@diptych/core';
import { check } from '@diptych/formats/errors';
import type { LabelEmbedding } from '../blocks/embedding/label-embedding.ts';

/** The labels of an input; without them the null class for each image. */
export function labelOrNull(where: string, { x, label }: NetworkInput, { nullClass }: LabelEmbedding): Tensor1D {
  const [batch] = x.shape;
  check(label || nullClass != null, where, 'label', 'given to a network without null class', label);
  if (!label) return fill([batch], nullClass!, 'int32');
  check(label.shape[0] === batch, where, 'label', `one for each of ${batch} images`, label);
  return label;
}
