import { describe, expect, it } from 'vitest';
import { confusionMatrix } from './confusion-matrix.ts';

describe('confusionMatrix', () => {
  it('has labels down and predictions across', () => {
    const { counts, recall, classes } = confusionMatrix([0, 1, 1, 0, 1], [0, 0, 1, 1, 1], { classes: 3 });
    expect(classes).toBe(3);
    expect(Array.from(counts)).toEqual([1, 1, 0, 1, 2, 0, 0, 0, 0]);
    expect(recall[0]).toBe(0.5);
    expect(recall[1]).toBeCloseTo(2 / 3, 12);
    expect(recall[2]).toBeNaN();
  });

  it('refuses predictions that are no class, and lists of other lengths', () => {
    expect(() => confusionMatrix([0, 5], [0, 1])).toThrow(/prediction\[1\] must be an integer in 0 .. 1, got 5/);
    expect(() => confusionMatrix([0], [0, 1])).toThrow(/labels must be of length 1/);
  });
});
