import { hashLevels } from '@diptych/test-utils/eval';
import { tf1Resize, torchResize, resizeImage, triangleKernel } from '@diptych/ops';
import { describe, expect, it } from 'vitest';
import { clean, legacyPyTorch, legacyTensorFlow } from './protocols.ts';
import { prepareBatch } from './prepare-batch.ts';

const levels = hashLevels('protocols', 20 * 24 * 3);
const apart = (a: Float32Array, b: Float32Array, of: (level: number) => number) =>
  a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - of(b[i]))), 0);

describe('protocols', () => {
  it('are what their names say: resizing, clipping and scale', () => {
    const shape = [20, 24, 3] as const;
    const size = [299, 299] as const;
    const cleaned = clean.prepare(levels, shape);
    const overshooting = resizeImage(levels, shape, size);
    expect(overshooting.some((level) => level < 0) && overshooting.some((level) => level > 255)).toBe(true);
    expect(apart(cleaned, overshooting, (level) => (Math.min(255, Math.max(0, level)) - 128) / 128)).toBeLessThan(1e-6);
    const torch = resizeImage(levels, shape, size, torchResize(triangleKernel));
    expect(apart(legacyPyTorch.prepare(levels, shape), torch, (level) => level / 127.5 - 1)).toBeLessThan(1e-6);
    const tensorflow = resizeImage(levels, shape, size, tf1Resize(triangleKernel));
    expect(apart(legacyTensorFlow.prepare(levels, shape), tensorflow, (level) => (level - 128) / 128)).toBeLessThan(
      1e-6,
    );
    expect([clean.name, legacyPyTorch.name, legacyTensorFlow.name]).toEqual([
      'clean',
      'legacy-pytorch',
      'legacy-tensorflow',
    ]);
  });

  it('treat pixels in [-1, 1] as the levels that a stored image would hold, and gray as three equal channels', () => {
    const gray = hashLevels('gray', 2 * 9 * 9);
    const noisy = Float32Array.from(gray, (level, i) => level / 127.5 - 1 + 0.003 * Math.sin(i));
    const color = Uint8Array.from({ length: gray.length * 3 }, (_, i) => gray[Math.floor(i / 3)]);
    const a = prepareBatch(clean, { x: noisy, shape: [2, 9, 9, 1] });
    const b = prepareBatch(clean, { x: color, shape: [2, 9, 9, 3] });
    expect(apart(a, b, (value) => value)).toBe(0);
    expect(a.length).toBe(2 * 299 * 299 * 3);
  });

  it('refuse other channels and numbers that are not finite', () => {
    const shape = [1, 2, 2, 2] as const;
    expect(() => prepareBatch(clean, { x: new Uint8Array(8), shape })).toThrow(
      /clean.*channels of images must be one of 1, 3, got 2/,
    );
    const broken = new Float32Array(12).fill(NaN);
    expect(() => prepareBatch(clean, { x: broken, shape: [1, 2, 2, 3] })).toThrow(/free of NaN/);
  });
});
