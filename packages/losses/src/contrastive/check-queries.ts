import { check } from '@diptych/formats/errors';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Queries q [B, D] and keys k [M, D] that hold the queries' positives from row `offset` on. */
export function checkQueries(where: string, q: Tensor, k: Tensor, offset: number): void {
  check(q.rank === 2, where, 'q', 'of shape [B, D]', q);
  const [b, width] = q.shape as [number, number];
  check(
    k.rank === 2 && k.shape[1] === width && k.shape[0]! >= b,
    where,
    'k',
    `of shape [M, ${width}] with M >= ${b}`,
    k,
  );
  const most = k.shape[0]! - b;
  check(k.shape[0]! >= 2, where, 'q', 'a batch of at least 2 samples', q);
  const valid = Number.isInteger(offset) && offset >= 0 && offset <= most;
  check(valid, where, 'options.offset', `an integer from 0 to ${most}`, offset);
}
