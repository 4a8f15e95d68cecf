import { onEachBackend, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { sinkhornKnopp } from './sinkhorn-knopp.ts';

onEachBackend('sinkhornKnopp()', () => {
  it('gives every sample a distribution and, after many rounds, every prototype an equal share', () => {
    tf.tidy(() => {
      const q = sinkhornKnopp(tensorOf([12, 5], 1) as tf.Tensor2D, { temperature: 0.5, iterations: 60 });
      for (const sum of tf.sum(q, 1).dataSync()) expect(sum).toBeCloseTo(1, 5);
      for (const share of tf.sum(q, 0).dataSync()) expect(share).toBeCloseTo(12 / 5, 4);
    });
  });

  it('is uniform on constant logits and unchanged by an offset', () => {
    tf.tidy(() => {
      for (const q of sinkhornKnopp(tf.fill([3, 4], 2)).dataSync()) expect(q).toBeCloseTo(0.25, 6);
      const logits = tensorOf([6, 4], 2) as tf.Tensor2D;
      const moved = sinkhornKnopp(tf.add(logits, 3)).dataSync();
      sinkhornKnopp(logits)
        .dataSync()
        .forEach((q, i) => expect(moved[i]).toBeCloseTo(q, 4));
    });
  });

  it('stays finite where exp(logit / T) overflows float32 and where whole columns underflow', () => {
    tf.tidy(() => {
      const logits = tf.tensor2d([40, 0, -90, 41, 0, -90], [2, 3]);
      const q = Array.from(sinkhornKnopp(logits, { temperature: 0.04 }).dataSync());
      expect(q.every(Number.isFinite)).toBe(true);
      expect(q[0] + q[1] + q[2]).toBeCloseTo(1, 5);
    });
  });

  it('refuses logits that are no matrix, temperature not above 0, no iterations', () => {
    tf.tidy(() => {
      expect(() => sinkhornKnopp(tf.ones([3]) as unknown as tf.Tensor2D)).toThrow(/sinkhornKnopp: logits/);
      expect(() => sinkhornKnopp(tf.ones([3, 2]), { temperature: 0 })).toThrow(/temperature/);
      expect(() => sinkhornKnopp(tf.ones([3, 2]), { iterations: 0 })).toThrow(/iterations/);
    });
  });
});
