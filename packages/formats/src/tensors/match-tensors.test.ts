import { describe, expect, it } from 'vitest';
import { matchTensors } from './match-tensors.ts';

const tensor = (shape: number[], length: number) => ({
  shape,
  dtype: 'float32' as const,
  data: new Float32Array(length),
});

describe('matchTensors', () => {
  it('finds nothing to say of tensors that fit, scalars and empty ones included', () => {
    const tensors = { a: tensor([2, 3], 6), scalar: tensor([], 1), empty: tensor([0, 4], 0) };
    const fits = { missing: [], unexpected: [], misshapen: [] };
    expect(matchTensors(tensors, { a: [2, 3], scalar: [], empty: [0, 4] })).toEqual(fits);
  });

  it('lists what is missing, what nothing wants, and what has another shape or length', () => {
    const tensors = { turned: tensor([3, 2], 6), short: tensor([4], 3), extra: tensor([1], 1) };
    expect(matchTensors(tensors, { turned: [2, 3], short: [4], absent: [1], toString: [1] })).toEqual({
      missing: ['absent', 'toString'],
      unexpected: ['extra'],
      misshapen: ['turned is [3,2] (6 numbers) instead of [2,3]', 'short is [4] (3 numbers) instead of [4]'],
    });
  });
});
