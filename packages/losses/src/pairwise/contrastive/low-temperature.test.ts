import { gradCheck, onEachBackend, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { alignmentLoss, uniformityLoss } from '../dispersion/alignment-uniformity.ts';
import { dispersiveL2 } from '../dispersion/dispersive-loss.ts';
import { l2Normalize } from '../l2-normalize.ts';
import { dcl, dclw } from './dcl.ts';
import { infoNce } from './info-nce.ts';
import { softplus } from './matching-cost.ts';
import { ntXent } from './nt-xent.ts';

type Rows = number[][];
const unit = (rows: Rows) => rows.map((row) => row.map((v) => v / Math.max(Math.hypot(...row), 1e-12)));
const dot = (u: number[], v: number[]) => u.reduce((sum, value, d) => sum + value * v[d], 0);
/** ln(1 + sum exp), in doubles. */
const cost = (gaps: number[]) => {
  const most = Math.max(...gaps);
  const z = most + Math.log(gaps.reduce((sum, gap) => sum + Math.exp(gap - most), 0));
  return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
};
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;

const inDoubles = {
  infoNce(a: Rows, b: Rows, T: number) {
    const [q, k] = [unit(a), unit(b)];
    return mean(q.map((u, i) => cost(k.flatMap((v, j) => (j === i ? [] : [(dot(u, v) - dot(u, k[i])) / T])))));
  },
  ntXent(a: Rows, b: Rows, T: number) {
    const z = unit([...a, ...b]);
    const partner = (i: number) => (i + a.length) % z.length;
    return mean(
      z.map((u, i) =>
        cost(z.flatMap((v, j) => (j === i || j === partner(i) ? [] : [(dot(u, v) - dot(u, z[partner(i)])) / T]))),
      ),
    );
  },
};
const inTensors = {
  infoNce: (a: tf.Tensor2D, b: tf.Tensor2D, temperature: number) => infoNce(a, b, { temperature, scale: 1 }),
  ntXent: (a: tf.Tensor2D, b: tf.Tensor2D, temperature: number) => ntXent(a, b, { temperature }),
};

onEachBackend('contrastive losses at low temperatures', () => {
  const drawn = (seed: number, b: number, d: number): Rows => tf.tidy(() => tensorOf([b, d], seed).arraySync() as Rows);
  const near = (rows: Rows, seed: number, noise: number) => {
    const other = drawn(seed, rows.length, rows[0].length);
    return rows.map((row, i) => row.map((v, d) => Math.fround(v + noise * other[i][d])));
  };
  const sets: Record<string, () => [Rows, Rows]> = {
    'that nearly match': () => [drawn(1, 8, 32), near(drawn(1, 8, 32), 2, 0.05)],
    'of a big batch': () => [drawn(3, 200, 24), near(drawn(3, 200, 24), 4, 0.3)],
    'that are equal': () => [drawn(5, 6, 8), drawn(5, 6, 8)],
    'at pure noise': () =>
      [drawn(6, 6, 8), near(drawn(6, 6, 8), 7, 0.4)].map((x) =>
        x.map((row) => row.map((v) => Math.fround(v * 1e8))),
      ) as [Rows, Rows],
    'with zero rows': () => {
      const [a, b] = [drawn(8, 6, 8), near(drawn(8, 6, 8), 9, 0.1)];
      a[0].fill(0);
      b[1].fill(0);
      return [a, b];
    },
  };

  it.each(
    Object.entries(sets).flatMap(([set, make]) =>
      (['infoNce', 'ntXent'] as const).map((loss) => [loss, set, make] as const),
    ),
  )('%s() of rows %s is that of doubles, and so are its gradients', (loss, _, make) => {
    const [a, b] = make();
    for (const T of [0.01, 0.1]) {
      const expected = inDoubles[loss](a, b, T);
      const { value, gradient } = tf.tidy(() => {
        const { value, grads } = tf.valueAndGrads((x, y) => inTensors[loss](x as tf.Tensor2D, y as tf.Tensor2D, T))([
          tf.tensor2d(a),
          tf.tensor2d(b),
        ]);
        return { value: value.dataSync()[0], gradient: grads[0].arraySync() as Rows };
      });
      expect(Math.abs(value - expected)).toBeLessThan(1e-4 * expected + 1e-30);
      expect(gradient.flat().every(Number.isFinite)).toBe(true);
      const slope = (i: number, d: number) => {
        const h = 1e-5 * Math.hypot(...a[i]);
        const moved = (by: number) =>
          inDoubles[loss](
            a.map((row, k) => row.map((v, e) => (k === i && e === d ? v + by : v))),
            b,
            T,
          );
        return (moved(h) - moved(-h)) / (2 * h);
      };
      const entries = [
        [2, 0],
        [3, 1],
        [4, 5],
        [5, 7],
      ] as const;
      const slopes = entries.map(([i, d]) => slope(i, d));
      const largest = Math.max(...slopes.map(Math.abs));
      // What differences of a sum over all rows can show of one row.
      const shown = entries.map(([i]) => (1e-12 * expected) / (1e-5 * Math.hypot(...a[i])));
      entries.forEach(([i, d], at) =>
        expect(Math.abs(gradient[i][d] - slopes[at])).toBeLessThan(1e-3 * largest + shown[at]),
      );
    }
  });

  it('ntXent() and infoNce() at T = 0.01 keep the digits of 1e-5', () => {
    // Cosines c between the two images and 1 between the views: ln(1 + 2 e^((c - 1) / T)) and ln(1 + e^((c - 1) / T)).
    const c = 1 - 0.01 * Math.log(2 / 9.49e-6);
    const rows = [
      [1, 0],
      [c, Math.sqrt(1 - c * c)],
    ];
    const [two, one] = tf.tidy(() =>
      [
        ntXent(tf.tensor2d(rows), tf.tensor2d(rows), { temperature: 0.01 }),
        infoNce(tf.tensor2d(rows), tf.tensor2d(rows), { temperature: 0.01, scale: 1 }),
      ].map((x) => x.dataSync()[0]),
    );
    expect(Math.abs(two! / Math.log1p(9.49e-6) - 1)).toBeLessThan(2e-5);
    expect(Math.abs(one! / Math.log1p(9.49e-6 / 2) - 1)).toBeLessThan(2e-5);
  });

  it('equal rows give ln of the number of candidates at any temperature, and gradient 0', () => {
    for (const T of [0.001, 0.01, 1]) {
      const ones = (b: number) => tf.fill<tf.Rank.R2>([b, 3], 0.7);
      const of = (loss: (x: tf.Tensor2D) => tf.Scalar, b: number) =>
        tf.tidy(() => {
          const { value, grad } = tf.valueAndGrad((x) => loss(x as tf.Tensor2D))(ones(b));
          expect(Math.max(...grad.dataSync().map(Math.abs)) * T).toBeLessThan(1e-5);
          return value.dataSync()[0];
        });
      expect(of((x) => infoNce(x, ones(500), { temperature: T, scale: 1 }), 500)).toBeCloseTo(Math.log(500), 4);
      expect(of((x) => ntXent(x, ones(100), { temperature: T }), 100)).toBeCloseTo(Math.log(199), 4);
      expect(of((x) => dcl(x, ones(100), { temperature: T }), 100)).toBeCloseTo(Math.log(198), 4);
      expect(of((x) => dclw(x, ones(100), { temperature: T }), 100)).toBeCloseTo(Math.log(198), 4);
    }
  });

  it('rows at the ends of float32 have the direction that they have', () => {
    for (const scale of [1e-10, 1e30]) {
      const u = tf.tidy(() => Array.from(l2Normalize(tf.tensor2d([[3 * scale, -4 * scale]])).dataSync()));
      expect(u[0]).toBeCloseTo(0.6, 5);
      expect(u[1]).toBeCloseTo(-0.8, 5);
    }
    expect(tf.tidy(() => Array.from(l2Normalize(tf.tensor2d([[3e-20, -4e-20]])).dataSync()))[0] / 3e-8).toBeCloseTo(
      1,
      5,
    );
  });

  it('softplus() has the digits and the gradient of ln(1 + e^x) from e^-80 to 80', async () => {
    const at = [-80, -30, -15, -11.5, -1, -1e-3, 0, 1e-3, 1, 20, 80];
    const { value, slope } = tf.tidy(() => {
      const { value, grad } = tf.valueAndGrad((x) => tf.sum(tf.reshape(softplus(x), [-1])))(tf.tensor1d(at));
      return {
        value: [value.dataSync()[0], ...softplus(tf.tensor1d(at)).dataSync()].slice(1) as number[],
        slope: grad.dataSync(),
      };
    });
    at.forEach((x, i) => {
      expect(Math.abs(value[i] / (Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))) - 1)).toBeLessThan(5e-6);
      expect(Math.abs(slope[i] * (1 + Math.exp(-x)) - 1)).toBeLessThan(5e-6);
    });
    const x = tensorOf([5], 3);
    expect((await gradCheck((t) => tf.sum(softplus(t)), [x], { step: 0.01 })).error).toBeLessThan(2e-3);
    x.dispose();
  });
});

onEachBackend('distances of equal rows', () => {
  const numbers = (fn: () => tf.Tensor) => tf.tidy(() => Array.from(fn().dataSync()));

  it('are 0 however far out, so that collapsed features are seen as collapsed', () => {
    for (const scale of [1, 1e4, 1e8]) {
      const row = tf.tidy(() => Array.from(tf.mul(tensorOf([1, 33], 4), scale).dataSync()));
      const collapsed = () => tf.tensor2d(Array<number[]>(9).fill(row));
      expect(numbers(() => dispersiveL2(collapsed()))).toEqual([0]);
      expect(numbers(() => dispersiveL2(collapsed(), { diagonal: false, tau: 0.01 }))).toEqual([0]);
      expect(numbers(() => uniformityLoss(collapsed(), { t: 1000 }))).toEqual([0]);
    }
  });

  it('do not lose the others to a common offset', () => {
    const near = [
      [0, 0],
      [3, 4],
      [0, 8],
    ];
    const far = near.map((row) => row.map((v) => v + 2 ** 20));
    const [a, b] = [near, far].map(
      (rows) => numbers(() => dispersiveL2(tf.tensor2d(rows), { diagonal: false, tau: 10 }))[0],
    );
    expect(a).toBeCloseTo(Math.log((2 * Math.exp(-25 / 20) + Math.exp(-64 / 20)) / 3), 5);
    expect(b).toBeCloseTo(a!, 5);
  });

  it.each([0.5, 1, 3])('alignment() of them with alpha = %s is 0, and so is its gradient', (alpha) => {
    const rows = [
      [1, 2],
      [3, -1],
    ];
    const { value, grads } = tf.valueAndGrads((a, b) => alignmentLoss(a as tf.Tensor2D, b as tf.Tensor2D, { alpha }))([
      tf.tensor2d(rows),
      tf.tensor2d(rows),
    ]);
    expect(value.dataSync()[0]).toBe(0);
    for (const grad of grads) expect(Array.from(grad.dataSync(), Math.abs)).toEqual([0, 0, 0, 0]);
    tf.dispose([value, ...grads]);
  });
});
