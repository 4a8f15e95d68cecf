import { gradCheck, leakOf, onEachBackend, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { dcl, dclw } from './contrastive/dcl.ts';
import { ntXent } from './contrastive/nt-xent.ts';
import { byol } from './cosine/byol.ts';
import { negativeCosine } from './cosine/negative-cosine.ts';
import { simSiam } from './cosine/sim-siam.ts';
import { alignmentLoss, uniformityLoss } from './dispersion/alignment-uniformity.ts';
import { swav } from './prototypes/swav.ts';
import { barlowTwins } from './redundancy/barlow-twins.ts';
import { vicReg } from './redundancy/vic-reg.ts';

type Loss = (a: tf.Tensor2D, b: tf.Tensor2D) => tf.Scalar;
const symmetric: Record<string, Loss> = { ntXent, dcl, barlowTwins, vicReg, alignmentLoss };

onEachBackend('losses of two views', () => {
  const number = (fn: () => tf.Scalar) => tf.tidy(() => fn().dataSync()[0]);
  const ones = (b: number, d: number) => tf.ones<tf.Rank.R2>([b, d]);

  it.each(Object.entries({ ...symmetric, dclw }))(
    '%s(): has the gradients that finite differences find, leaks nothing',
    async (_, loss) => {
      const views = [tensorOf([6, 4], 1), tensorOf([6, 4], 2)];
      const f = (a: tf.Tensor, b: tf.Tensor) => loss(a as tf.Tensor2D, b as tf.Tensor2D);
      if (loss !== dclw) expect((await gradCheck(f, views, { step: 0.003 })).error).toBeLessThan(5e-3); // dclw stops its weights
      expect(leakOf(() => tf.grads(f)(views))).toBe(0);
      tf.dispose(views);
    },
  );

  it.each(Object.entries(symmetric))('%s(): is the same with the views exchanged', (_, loss) => {
    tf.tidy(() => {
      const [a, b] = [tensorOf([6, 4], 1), tensorOf([6, 4], 2)] as [tf.Tensor2D, tf.Tensor2D];
      expect(number(() => loss(a, b))).toBeCloseTo(
        number(() => loss(b, a)),
        4,
      );
    });
  });

  it('on constant features: ntXent = ln(2B - 1), dcl = ln(2B - 2), uniformity = alignment = 0, meanwhile byol = 0, simSiam = -1', () => {
    expect(number(() => ntXent(ones(5, 3), ones(5, 3)))).toBeCloseTo(Math.log(9), 5);
    expect(number(() => dcl(ones(5, 3), ones(5, 3)))).toBeCloseTo(Math.log(8), 4);
    expect(number(() => uniformityLoss(ones(5, 3)))).toBeCloseTo(0, 5);
    expect(number(() => alignmentLoss(ones(5, 3), ones(5, 3), { alpha: 1 }))).toBeCloseTo(0, 5);
    const pair = () => [ones(5, 3), ones(5, 3)] as const;
    expect(number(() => byol(pair(), pair()))).toBeCloseTo(0, 5);
    expect(number(() => simSiam(pair(), pair()))).toBeCloseTo(-1, 6);
  });

  it('at opposite views: alignment = 2^alpha, byol = 8', () => {
    const opposite = () => tf.neg(tf.eye(3)) as tf.Tensor2D;
    for (const alpha of [1, 2, 3])
      expect(number(() => alignmentLoss(tf.eye(3), opposite(), { alpha }))).toBeCloseTo(2 ** alpha, 4);
    expect(number(() => byol([tf.eye(3), tf.eye(3)], [opposite(), opposite()]))).toBeCloseTo(8, 5);
  });

  it('barlowTwins(): is 0 for identical, decorrelated columns and D for constant ones', () => {
    const decorrelated = () => tf.tensor2d([1, 1, 1, -1, -1, 1, -1, -1], [4, 2]);
    expect(number(() => barlowTwins(decorrelated(), decorrelated()))).toBeCloseTo(0, 4);
    expect(number(() => barlowTwins(ones(4, 7), ones(4, 7)))).toBeCloseTo(7, 5);
  });

  it('vicReg(): is the hinge alone on constant features, the squared difference alone on wide decorrelated ones', () => {
    expect(number(() => vicReg(ones(4, 3), ones(4, 3)))).toBeCloseTo(25 * (1 - 0.01), 4); // sqrt(epsilon) = 0.01
    const wide = (shift: number) =>
      tf.add(tf.mul(tf.tensor2d([1, 1, 1, -1, -1, 1, -1, -1], [4, 2]), 5), shift) as tf.Tensor2D;
    expect(number(() => vicReg(wide(0), wide(2), { invariance: 3 }))).toBeCloseTo(12, 3);
  });

  it('keeps targets out of the gradient: simSiam, byol and negativeCosine give exactly none', () => {
    tf.tidy(() => {
      const [p, z] = [
        tf.variable(tensorOf([4, 3], 1)),
        tf.variable(tensorOf([4, 3], 2)),
      ] as unknown as tf.Variable<tf.Rank.R2>[];
      const losses = [() => negativeCosine(p!, z!), () => simSiam([p!, p!], [z!, z!]), () => byol([p!, p!], [z!, z!])];
      for (const loss of losses) {
        const { grads } = tf.variableGrads(loss, [p!, z!]);
        expect(grads[z!.name] ?? null).toBeNull();
        expect(tf.max(tf.abs(grads[p!.name])).dataSync()[0]).toBeGreaterThan(0.01);
      }
      tf.dispose([p!, z!]);
    });
  });

  it('refuses a batch of one, mismatched views and temperatures not above 0', () => {
    tf.tidy(() => {
      for (const [name, loss] of Object.entries({ ...symmetric, dcl, negativeCosine })) {
        expect(() => loss(ones(1, 4), ones(1, 4)), name).toThrow(
          new RegExp(`${name}: .* must be of shape \\[B, D\\] with B >= 2`),
        );
        expect(() => loss(ones(3, 4), ones(3, 5)), name).toThrow(new RegExp(`${name}: .* must be of shape \\[3, 4\\]`));
      }
      for (const loss of [ntXent, dcl, dclw]) {
        expect(() => loss(ones(3, 4), ones(3, 4), { temperature: 0 })).toThrow(
          /temperature must be a finite number > 0/,
        );
      }
      expect(() => dclw(ones(3, 4), ones(3, 4), { sigma: -1 })).toThrow(/dclw: sigma/);
      expect(() => uniformityLoss(ones(1, 4))).toThrow(/uniformityLoss: z/);
      expect(() => uniformityLoss(ones(3, 4), { t: 0 })).toThrow(/uniformityLoss: t/);
      expect(() => alignmentLoss(ones(3, 4), ones(3, 4), { alpha: 0 })).toThrow(/alignmentLoss: alpha/);
      expect(() => barlowTwins(ones(3, 4), ones(3, 4), { lambda: -1 })).toThrow(/barlowTwins: lambda/);
      expect(() => vicReg(ones(3, 4), ones(3, 4), { covariance: NaN })).toThrow(/vicReg: covariance/);
      expect(() => swav([ones(3, 4)])).toThrow(/swav: high must be at least two views/);
      expect(() => swav([ones(3, 4), ones(3, 5)])).toThrow(/swav: view must be of shape \[3, 4\]/);
      expect(() => swav([ones(3, 4), ones(3, 4)], { temperature: 0 })).toThrow(/swav: temperature/);
    });
  });
});
