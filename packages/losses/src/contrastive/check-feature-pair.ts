import { check } from '@diptych/formats/errors';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Two views' features: the same shape [B, D], at least two samples (a batch of one has no negatives). */
export function checkFeaturePair(where: string, nameA: string, a: Tensor, nameB: string, b: Tensor): void {
  check(a.rank === 2, where, nameA, 'of shape [B, D]', a);
  check(a.shape[0] >= 2, where, nameA, 'a batch of at least 2 samples', a);
  const same = b.rank === 2 && a.shape.every((size, axis) => size === b.shape[axis]);
  check(same, where, nameB, `of the shape of ${nameA}, [${String(a.shape)}]`, b);
}
