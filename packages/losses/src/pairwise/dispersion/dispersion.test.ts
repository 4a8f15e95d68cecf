import { gradCheck, leakOf, onEachBackend, relativeError, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { tokenCosineLoss } from '../cosine/token-cosine-loss.ts';
import { l2Normalize } from '../l2-normalize.ts';
import { dispersiveCosine, dispersiveCovariance, dispersiveHinge, dispersiveL2 } from './dispersive-loss.ts';
import { koLeo } from './ko-leo.ts';

onEachBackend('regularisers', () => {
  const number = (fn: () => tf.Scalar) => tf.tidy(() => fn().dataSync()[0]);
  const apart = (n: number) => tf.mul(tf.eye(n), 100);

  it('dispersiveL2(): 0 when collapsed, -ln B when all are far apart, log mean exp over the pairs between', () => {
    expect(number(() => dispersiveL2(tf.ones([5, 2, 3])))).toBeCloseTo(0, 5);
    expect(number(() => dispersiveL2(apart(5)))).toBeCloseTo(-Math.log(5), 5);
    const two = () => tf.tensor2d([0, 0, 1, 1], [2, 2]); // distance^2 / D = 1
    expect(number(() => dispersiveL2(two(), { tau: 0.5 }))).toBeCloseTo(Math.log((1 + Math.exp(-2)) / 2), 5);
    expect(number(() => dispersiveL2(two(), { tau: 0.5, diagonal: false }))).toBeCloseTo(-2, 4);
  });

  it('dispersiveCosine(): 1/tau when collapsed; dispersiveHinge(): margin^2 collapsed, 0 apart', () => {
    expect(number(() => dispersiveCosine(tf.ones([5, 6]), { tau: 0.25 }))).toBeCloseTo(4, 4);
    expect(number(() => dispersiveHinge(tf.ones([5, 6]), { margin: 3 }))).toBeCloseTo(9, 5);
    expect(number(() => dispersiveHinge(apart(5), { diagonal: false }))).toBe(0);
    expect(number(() => dispersiveHinge(apart(5), { margin: 2 }))).toBeCloseTo(4 / 5, 5);
  });

  it('dispersiveCovariance(): sums the squares of the covariances, 0 for uncorrelated columns', () => {
    expect(number(() => dispersiveCovariance(tf.tensor2d([1, 1, 1, -1, -1, 1, -1, -1], [4, 2])))).toBeCloseTo(0, 5);
    const line = () => tf.tensor2d([-1, -2, 0, 0, 1, 2], [3, 2]); // covariance 2
    expect(number(() => dispersiveCovariance(line()))).toBeCloseTo(8, 4);
    expect(number(() => dispersiveCovariance(line(), { ddof: 0 }))).toBeCloseTo(2 * (4 / 3) ** 2, 4);
  });

  it('koLeo(): -ln of the distance to the nearest; ln-large with zero gradient at collapse, as the docs say', () => {
    expect(number(() => koLeo(tf.eye(3)))).toBeCloseTo(-Math.log(Math.SQRT2), 5);
    expect(number(() => koLeo(tf.tensor2d([1, 0, -1, 0], [2, 2])))).toBeCloseTo(-Math.log(2), 5); // not its own neighbor
    const collapsed = () => tf.ones<tf.Rank.R2>([4, 4]);
    expect(number(() => koLeo(collapsed()))).toBeGreaterThan(17);
    tf.tidy(() => {
      const gradient = tf.grad((x) => koLeo(x as tf.Tensor2D))(collapsed());
      expect(tf.max(tf.abs(gradient)).dataSync()[0]).toBe(0);
    });
  });

  it('tokenCosineLoss(): -1 for aligned tokens of any length, 0 for orthogonal ones, no gradient for the target', () => {
    tf.tidy(() => {
      const [x, y] = [tf.variable(tensorOf([2, 3, 4], 1)), tf.variable(tensorOf([2, 3, 4], 2))];
      expect(tokenCosineLoss(x, tf.mul(x, 3)).dataSync()[0]).toBeCloseTo(-1, 5);
      expect(tokenCosineLoss(tf.tensor2d([[1, 0]]), tf.tensor2d([[0, 5]])).dataSync()[0]).toBeCloseTo(0, 6);
      const { grads } = tf.variableGrads(() => tokenCosineLoss(x, y), [x, y]);
      expect(grads[y.name] ?? null).toBeNull();
      expect(tf.max(tf.abs(grads[x.name])).dataSync()[0]).toBeGreaterThan(0.01);
      tf.dispose([x, y]);
    });
  });

  const losses: Record<string, (z: tf.Tensor) => tf.Scalar> = {
    dispersiveL2,
    dispersiveCosine: (z) => dispersiveCosine(z, { diagonal: false }),
    dispersiveHinge: (z) => dispersiveHinge(z, { margin: 1.5 }),
    dispersiveCovariance: (z) => dispersiveCovariance(z, { normalize: l2Normalize }),
    koLeo: (z) => koLeo(z as tf.Tensor2D),
  };
  it.each(Object.entries(losses))(
    '%s(): has the gradient that finite differences find, leaks nothing',
    async (_, loss) => {
      const z = tensorOf([5, 6], 4);
      expect((await gradCheck(loss, [z], { step: 0.005 })).error).toBeLessThan(5e-3);
      expect(leakOf(() => tf.grad(loss)(z))).toBe(0);
      z.dispose();
    },
  );

  it('refuses a batch of one, temperatures and margins not above 0, targets of another shape', () => {
    tf.tidy(() => {
      for (const [name, loss] of Object.entries(losses)) expect(() => loss(tf.ones([1, 4])), name).toThrow(/B >= 2/);
      expect(() => dispersiveL2(tf.ones([3, 4]), { tau: 0 })).toThrow(/dispersiveL2: tau/);
      expect(() => dispersiveCosine(tf.ones([3, 4]), { tau: -1 })).toThrow(/dispersiveCosine: tau/);
      expect(() => dispersiveHinge(tf.ones([3, 4]), { margin: 0 })).toThrow(/dispersiveHinge: margin/);
      expect(() => koLeo(tf.ones([3, 4]), { epsilon: 0 })).toThrow(/koLeo: epsilon/);
      expect(() => tokenCosineLoss(tf.ones([2, 3, 4]), tf.ones([2, 4, 4]))).toThrow(
        /tokenCosineLoss: target must be of shape \[2, 3, 4\]/,
      );
    });
  });

  it('dispersiveCosine(): its gradient keeps its digits under a diagonal that outweighs the pairs', () => {
    tf.tidy(() => {
      const z = tensorOf([3, 8], 5);
      const [n, tau] = [3, 0.1];
      const gradient = (diagonal: boolean) =>
        tf
          .grad((x) => dispersiveCosine(x, { tau, diagonal }))(z)
          .dataSync() as Float32Array;
      // The pairs' sum S of exponentials, and the diagonal's n e^(1/tau), which no feature changes.
      const pairs = Math.exp(dispersiveCosine(z, { tau, diagonal: false }).dataSync()[0]) * n * (n - 1);
      const share = pairs / (pairs + n * Math.exp(1 / tau));
      expect(share).toBeLessThan(0.2);
      const wanted = Array.from(gradient(false), (g) => g * share);
      expect(relativeError(gradient(true), wanted)).toBeLessThan(2e-5);
    });
  });
});
