import { describe, expect, it } from 'vitest';
import { fnv1a32, hashUnit, mix32 } from './hash-numbers.ts';

describe('numbers from a hash', () => {
  it('are those that the golden numbers were made with', () => {
    expect([fnv1a32(''), fnv1a32('a')]).toEqual([2166136261, 3826002220]);
    expect([0, 1, 2, 4294967295].map(mix32)).toEqual([0, 1364076727, 821347078, 2180083513]);
    expect(Array.from(hashUnit('Conv2d_1a_3x3.conv.weight', 4))).toEqual([
      0.36606482742354274, 0.11371536599472165, -0.2194298952817917, -0.4717399957589805,
    ]);
  });
});
