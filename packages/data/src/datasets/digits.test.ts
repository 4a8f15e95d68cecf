import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { toBatch } from '../dataset/to-batch.ts';
import { digitLevels, digits, digitSplits } from './digits.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('digits', () => {
  it('are the bytes of the source', () => {
    const { levels, label } = digitLevels();
    expect([levels.length, label.length]).toEqual([115008, 1797]);
    expect(sha256(levels)).toBe('8f26b2bd9d135c256808f68f14fdabddde6d9c7f869ae419704b051f0f14b3b3');
    expect(sha256(label)).toBe('8ba4f891220f5e4c9c819638d1602d74b83618f167043c6da52a2a247841ddf0');
  });

  it('are 1,797 images in [-1, 1] of ten classes, level 0 at -1 and level 16 at 1', async () => {
    const data = digits();
    const { x, shape, label } = await toBatch(data);
    const { levels } = digitLevels();
    expect(shape).toEqual([1797, 8, 8, 1]);
    expect(x.every((value, i) => value === levels[i] / 8 - 1)).toBe(true);
    expect([Math.min(...x), Math.max(...x)]).toEqual([-1, 1]);
    const perClass = data.classes!.map((_, k) => label!.filter((l) => l === k).length);
    expect(perClass).toEqual([178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
    const mean = Array.from(x).reduce((sum, value) => sum + (value + 1) * 8, 0) / x.length;
    expect(mean).toBeCloseTo(4.88416458, 8);
  });
});

describe('digitSplits', () => {
  it('are disjoint, cover everything, and end on the 360 images by other writers', async () => {
    const { train, validation, test } = digitSplits();
    const index = async (part: typeof train) => Array.from((await toBatch(part)).index!);
    expect([train.length, validation.length, test.length]).toEqual([1200, 237, 360]);
    expect([...(await index(train)), ...(await index(validation)), ...(await index(test))]).toEqual(
      Array.from({ length: 1797 }, (_, i) => i),
    );
    expect((await index(test))[0]).toBe(1437);
  });

  it('have every class in every part', async () => {
    for (const part of Object.values(digitSplits())) {
      expect(new Set((await toBatch(part)).label).size).toBe(10);
    }
  });
});
