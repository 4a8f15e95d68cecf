import { describe, expect, it } from 'vitest';
import { pixelFeatures } from './pixel-features.ts';

describe('pixelFeatures', () => {
  it('are means of the pixels under each, from 0 to 1, for levels and for pixels in [-1, 1]', async () => {
    const network = pixelFeatures({ size: [1, 2], channels: 1 });
    const levels = Uint8Array.from([0, 255, 51, 102, 255, 255, 0, 0]);
    const wide = { x: levels, shape: [1, 2, 4, 1] as const };
    expect([network.name, network.dims]).toEqual(['pixels-1x2-gray', 2]);
    const rows = (await network.features(wide)).rows;
    [0.75, 0.15].forEach((value, i) => expect(rows[i]).toBeCloseTo(value, 6));
    const floats = { x: Float32Array.from(levels, (level) => level / 127.5 - 1), shape: wide.shape };
    expect((await network.features(floats)).rows).toEqual(rows);
  });

  it('give gray images three equal channels, and refuse color where gray is wanted', async () => {
    const { rows } = await pixelFeatures({ size: [1, 1] }).features({ x: Uint8Array.from([51]), shape: [1, 1, 1, 1] });
    expect(Array.from(rows)).toEqual(Array(3).fill(Math.fround(0.2)));
    const gray = pixelFeatures({ size: [1, 1], channels: 1 });
    expect(() => gray.features({ x: new Uint8Array(3), shape: [1, 1, 1, 3] })).toThrow(
      /channels of images must be one of 1, got 3/,
    );
    expect(() => pixelFeatures({ size: [0, 1] })).toThrow(/size/);
  });
});
