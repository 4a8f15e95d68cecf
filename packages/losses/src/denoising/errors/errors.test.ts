import { gradCheck, leakOf, onEachBackend, relativeError, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { frequencyError } from './frequency-error.ts';
import { huber } from './huber.ts';
import { multiScaleError } from './multi-scale-error.ts';
import { pseudoHuber } from './pseudo-huber.ts';
import { squaredError } from './squared-error.ts';

onEachBackend('error measures', () => {
  const of = (...values: number[]) => tf.tensor4d(values, [2, 1, 2, 1]);

  it('squaredError(): is the mean square of each sample', () => {
    tf.tidy(() => void expect(relativeError(squaredError(of(1, 3, 0, -2)), [5, 2])).toBeLessThan(1e-6));
  });

  it('huber(): squares below delta, 2 delta |d| - delta^2 above, continuous between', () => {
    tf.tidy(() => {
      expect(relativeError(huber({ delta: 2 })(of(1, 2, -2, 5)), [2.5, (4 + 16) / 2])).toBeLessThan(1e-6);
      const d = tensorOf([3, 2, 2, 2]) as tf.Tensor4D;
      expect(relativeError(huber({ delta: 50 })(d), squaredError(d))).toBeLessThan(1e-6);
    });
  });

  it('pseudoHuber(): sqrt(|d|^2 + c^2) - c of the whole sample, exact for tiny errors, c = 0.00054 sqrt(HWC) by default', () => {
    tf.tidy(() => {
      expect(relativeError(pseudoHuber({ c: 12 })(of(3, 4, 0, 0)), [1, 0])).toBeLessThan(1e-6);
      const tiny = pseudoHuber({ c: 1 })(of(1e-4, 0, 0, 0)).dataSync()[0];
      expect(tiny / 0.5e-8).toBeCloseTo(1, 5);
      const c = 0.00054 * Math.SQRT2;
      expect(pseudoHuber()(of(3e-4, 4e-4, 0, 0)).dataSync()[0]).toBeCloseTo(Math.hypot(5e-4, c) - c, 8);
    });
  });

  it('multiScaleError(): adds the squared means over blocks, twice as heavy at half the size', () => {
    tf.tidy(() => {
      const d = tf.tensor4d([1, 3, 5, 7, 1, 1, -1, -1], [2, 2, 2, 1]); // means 4 and 0
      expect(relativeError(multiScaleError()(d), [21 + 2 * 16, 1])).toBeLessThan(1e-6);
      const flat = tf.fill([1, 4, 8, 3], 2) as tf.Tensor4D;
      expect(relativeError(multiScaleError({ levels: 3 })(flat), [4 * 7])).toBeLessThan(1e-6);
      const wide = tensorOf([2, 4, 8, 3], 3) as tf.Tensor4D;
      const half = tf.avgPool(wide, 2, 2, 'valid');
      const only = multiScaleError({ weight: (level) => level });
      expect(relativeError(only(wide), squaredError(half))).toBeLessThan(1e-5);
    });
  });

  it('frequencyError(): is squaredError at weight 1, and finds a single cosine at its frequency', () => {
    tf.tidy(() => {
      const d = tensorOf([2, 4, 6, 3], 3) as tf.Tensor4D;
      expect(relativeError(frequencyError({ weight: () => 1 })(d), squaredError(d))).toBeLessThan(1e-5);
      const wave = Array.from({ length: 24 }, (_, i) => Math.cos((Math.PI * 2 * (2 * (i % 6) + 1)) / 12)); // k = 2 along the width
      const image = tf.tensor4d(wave, [1, 4, 6, 1]);
      const at = (fy: number, fx: number) =>
        frequencyError({ weight: (y, x) => (Math.abs(y - fy) + Math.abs(x - fx) < 1e-6 ? 1 : 0) })(image).dataSync()[0];
      expect(at(0, 2 / 6)).toBeCloseTo(0.5, 5);
      expect(at(0, 3 / 6)).toBeCloseTo(0, 6);
      expect(at(1 / 4, 2 / 6)).toBeCloseTo(0, 6);
    });
  });

  it('have the gradients that finite differences find, and leak nothing', async () => {
    const d = tensorOf([2, 2, 2, 2], 4);
    for (const measure of [
      squaredError,
      huber({ delta: 0.3 }),
      pseudoHuber({ c: 0.5 }),
      multiScaleError(),
      frequencyError({ weight: (y, x) => 1 + y + 2 * x }),
    ]) {
      const f = (x: tf.Tensor) => measure(x as tf.Tensor4D);
      expect((await gradCheck(f, [d], { step: 0.003 })).error).toBeLessThan(5e-3);
      expect(leakOf(() => tf.grad(f)(d))).toBe(0);
    }
    d.dispose();
  });

  it('refuse sizes not above 0', () => {
    expect(() => huber({ delta: 0 })).toThrow(/huber: delta must be a finite number > 0, got 0/);
    expect(() => pseudoHuber({ c: -1 })).toThrow(/pseudoHuber: c/);
    expect(() => multiScaleError({ levels: 0 })).toThrow(/multiScaleError: levels/);
    tf.tidy(() => {
      expect(() => multiScaleError({ levels: 2 })(of(1, 2, 3, 4))).toThrow(
        /multiScaleError: the image must be of a size that 2 divides/,
      );
      expect(() => frequencyError({ weight: () => -1 })(of(1, 2, 3, 4))).toThrow(/frequencyError: weight/);
    });
  });
});
