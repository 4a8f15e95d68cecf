import { foldIn, key, normalArray, permutation } from '@diptych/core';
import { describe, expect, it } from 'vitest';
import { accuracy, classify } from '../parts/classify.ts';
import { linearProbe } from './linear-probe.ts';
import type { LabeledRows } from '../parts/probe-labels.ts';
import { logisticRegression } from './logistic-regression.ts';
import { minimize } from './minimize.ts';
import { nearestNeighborVote } from '../neighbors/nearest-neighbor-vote.ts';
import { ridgeClassifier } from '../ridge/ridge-classifier.ts';
import { standardizer } from '../parts/standardizer.ts';

/** Three clusters in the plane, wide enough to overlap. */
function clusters(seed: number, count: number, scale = 1): LabeledRows {
  const z = normalArray(foldIn(key(2), seed), count * 2);
  const labels = Int32Array.from({ length: count }, (_, i) => i % 3);
  const rows = Float64Array.from(z, (value, i) => {
    const angle = (2 * Math.PI * labels[i >> 1]) / 3;
    return scale * (value + 1.5 * (i % 2 === 0 ? Math.cos(angle) : Math.sin(angle)));
  });
  return { rows, dims: 2, labels };
}

describe('minimize', () => {
  it('finds the minimum of a quadratic of condition 1e6', () => {
    const found = minimize(
      (x, gradient) => {
        x.forEach((value, i) => (gradient[i] = 10 ** (i * 2) * (value - i)));
        return x.reduce((sum, value, i) => sum + (10 ** (i * 2) * (value - i) ** 2) / 2, 0);
      },
      new Float64Array(4).fill(5),
      { tolerance: 1e-10 },
    );
    expect(found.converged).toBe(true);
    found.point.forEach((value, i) => expect(value).toBeCloseTo(i, 9));
  });

  it('finds its way along the valley of Rosenbrock', () => {
    const found = minimize(
      ([x, y], gradient) => {
        gradient[0] = -400 * x * (y - x * x) - 2 * (1 - x);
        gradient[1] = 200 * (y - x * x);
        return 100 * (y - x * x) ** 2 + (1 - x) ** 2;
      },
      new Float64Array([-1.2, 1]),
      { tolerance: 1e-9 },
    );
    expect(found.converged).toBe(true);
    expect(Array.from(found.point, (value) => value.toFixed(8))).toEqual(['1.00000000', '1.00000000']);
    expect(found.iterations).toBeLessThan(60);
  });

  it('says so when it stops early', () => {
    const quadratic = (x: Float64Array, gradient: Float64Array) => {
      x.forEach((value, i) => (gradient[i] = (i + 1) * value));
      return x.reduce((sum, value, i) => sum + ((i + 1) * value * value) / 2, 0);
    };
    const found = minimize(quadratic, new Float64Array(20).fill(1), { maxIterations: 1, tolerance: 1e-12 });
    expect([found.converged, found.iterations]).toEqual([false, 1]);
  });
});

describe('logisticRegression', () => {
  it('without features gives the shares of the classes', () => {
    const labels = [0, 0, 0, 1, 1, 2];
    const { bias, crossEntropy } = logisticRegression({ rows: new Float64Array(6), dims: 1 }, labels, {
      tolerance: 1e-12,
    });
    const shares = Array.from(bias, Math.exp);
    const sum = shares.reduce((a, b) => a + b);
    [1 / 2, 1 / 3, 1 / 6].forEach((share, k) => expect(shares[k] / sum).toBeCloseTo(share, 10));
    expect(crossEntropy).toBeCloseTo(-(Math.log(1 / 2) / 2 + Math.log(1 / 3) / 3 + Math.log(1 / 6) / 6), 12);
  });

  it('of two points solves its optimality condition: lambda w = 1 / (1 + exp(2 w)) per class and side', () => {
    // Rows -1 and 1, classes 0 and 1: by symmetry W = (-w, w), and the gradient vanishes where lambda w = p(wrong) / 1.
    const l2 = 0.1;
    const { weight, bias, converged } = logisticRegression({ rows: new Float64Array([-1, 1]), dims: 1 }, [0, 1], {
      l2,
      tolerance: 1e-12,
    });
    expect(converged).toBe(true);
    expect(weight[0]).toBeCloseTo(-weight[1], 12);
    expect(bias[0]).toBeCloseTo(0, 12);
    expect(l2 * weight[1]).toBeCloseTo(1 / (1 + Math.exp(2 * weight[1])), 11);
  });

  it('ends at one optimum wherever it starts', () => {
    const data = clusters(1, 90);
    const options = { l2: 1e-3, tolerance: 1e-10 };
    const straight = logisticRegression(data, data.labels, options);
    const start = { weight: new Float64Array(6).fill(3), bias: new Float64Array([9, -9, 0]) };
    const around = logisticRegression(data, data.labels, { ...options, start });
    straight.weight.forEach((value, i) => expect(around.weight[i]).toBeCloseTo(value, 7));
    expect(around.objective).toBeCloseTo(straight.objective, 13);
    expect(straight.gradient).toBeLessThan(1e-10);
  });

  it('does not overflow on rows far from zero', () => {
    const data = clusters(1, 30, 1e4);
    const { objective } = logisticRegression(data, data.labels, { l2: 1e-6, maxIterations: 50 });
    expect(Number.isFinite(objective)).toBe(true);
  });

  it('refuses unsound rows, labels and options', () => {
    const { rows, dims, labels } = clusters(1, 9);
    expect(() => logisticRegression({ rows, dims }, labels, { classes: 2 })).toThrow(
      /labels\[2\] must be an integer in 0 .. 1, got 2/,
    );
    expect(() => logisticRegression({ rows, dims }, [0, 1])).toThrow(/labels must be of length 9, one per row/);
    expect(() => logisticRegression({ rows, dims }, new Float64Array(9).fill(0.5))).toThrow(
      /labels\[0\] must be an integer >= 0/,
    );
    expect(() => logisticRegression({ rows, dims }, new Int32Array(9))).toThrow(
      /classes must be an integer in 2 .. 1048576/,
    );
    const far = Array.from(labels);
    for (far[0] of [1e8, 2e9]) {
      expect(() => logisticRegression({ rows, dims }, far)).toThrow(
        /labels\[0\] must be below 9, the number of rows, unless classes are given/,
      );
    }
    expect(() => logisticRegression({ rows, dims }, labels, { l2: -1 })).toThrow(/l2/);
    const start = { weight: new Float64Array(1), bias: new Float64Array(3) };
    expect(() => logisticRegression({ rows, dims }, labels, { start })).toThrow(/start/);
    rows[5] = NaN;
    expect(() => logisticRegression({ rows, dims }, labels)).toThrow(/row 2 of features must be free of NaN/);
  });
});

describe('ridgeClassifier', () => {
  it('of one column is the regression line shrunk by alpha', () => {
    const { weight, bias } = ridgeClassifier({ rows: new Float64Array([0, 1, 2, 3]), dims: 1 }, [0, 0, 1, 1], {
      alpha: 3,
    });
    // Centered: x = -1.5 .. 1.5, sum x^2 = 5, sum x y = 2 for class 1.
    expect(weight[1]).toBeCloseTo(2 / (5 + 3), 13);
    expect(bias[1]).toBeCloseTo(0.5 - 1.5 * (2 / 8), 13);
    expect(weight[0]).toBeCloseTo(-weight[1], 13);
  });

  it('refuses alpha 0', () => {
    const data = clusters(1, 9);
    expect(() => ridgeClassifier(data, data.labels, { alpha: 0 })).toThrow(/alpha/);
  });
});

describe('nearestNeighborVote', () => {
  const train = { rows: new Float64Array([1, 0, 0.9, 0.1, 0, 1]), dims: 2, labels: [1, 1, 0] };

  it('sums exp(cosine / T) of the k nearest', () => {
    const { logits, prediction } = nearestNeighborVote(
      train,
      { rows: new Float64Array([0, 2]), dims: 2 },
      { k: 2, temperature: 0.5 },
    );
    expect(logits[0]).toBeCloseTo(Math.exp(1 / 0.5), 12);
    expect(logits[1]).toBeCloseTo(Math.exp(0.1 / Math.hypot(0.9, 0.1) / 0.5), 12);
    expect(Array.from(prediction)).toEqual([0]);
  });

  it('votes at T = 0.001 as it does in logarithms, where exp(1 / T) is no number', () => {
    const [known, asked] = [clusters(3, 60), clusters(4, 40)];
    const [k, T] = [15, 0.001];
    const { prediction } = nearestNeighborVote(known, asked, { k, temperature: T });
    const unit = (rows: ArrayLike<number>, i: number) => {
      const row = Array.from({ length: known.dims }, (_, d) => rows[i * known.dims + d]);
      return row.map((value) => value / Math.hypot(...row));
    };
    for (let i = 0; i < 40; i++) {
      const u = unit(asked.rows, i);
      const neighbors = Array.from({ length: 60 }, (_, j) => ({
        cosine: unit(known.rows, j).reduce((sum, value, d) => sum + value * u[d], 0),
        label: known.labels[j],
      }));
      const nearest = neighbors.sort((p, q) => q.cosine - p.cosine).slice(0, k);
      const votes = new Map<number, number>();
      const largest = nearest[0].cosine;
      for (const { cosine, label } of nearest)
        votes.set(label, (votes.get(label) ?? 0) + Math.exp((cosine - largest) / T));
      expect(prediction[i]).toBe([...votes].sort((p, q) => q[1] - p[1])[0][0]);
    }
  });

  it('refuses more neighbors than rows', () => {
    expect(() => nearestNeighborVote(train, train, { k: 4 })).toThrow(/k must be an integer in 1 .. 3/);
    expect(() => nearestNeighborVote(train, { rows: new Float64Array(3), dims: 3 }, { k: 1 })).toThrow(/test.dims/);
    expect(() => nearestNeighborVote(train, train, { k: 1, temperature: 0 })).toThrow(/temperature/);
  });
});

describe('standardizer', () => {
  it('takes the rows it was made from to mean 0 and deviation 1, others by the same figures', () => {
    const apply = standardizer({ rows: new Float64Array([1, 7, 3, 7]), dims: 2 });
    expect(Array.from(apply({ rows: new Float32Array([1, 7, 3, 7]), dims: 2 }).rows)).toEqual([-1, 0, 1, 0]);
    expect(Array.from(apply({ rows: new Float32Array([4, 8]), dims: 2 }).rows)).toEqual([2, 1]);
  });
});

describe('standardizer at the ends of the range', () => {
  const z = [-1, 1, -1, 1, 1, -1];
  const of = (value: (z: number) => number) => {
    const rows = Float64Array.from(z, value);
    return Array.from(standardizer({ rows, dims: 1 })({ rows, dims: 1 }).rows);
  };

  it.each([
    ['tiny', (v: number) => v * 1e-200],
    ['huge', (v: number) => v * 1e200],
    ['far away', (v: number) => 2 ** 40 + v],
    ['nearly constant', (v: number) => 1 + v * 2 ** -30],
  ])('brings %s columns to deviation 1', (_, value) => {
    of(value).forEach((found, i) => expect(found).toBeCloseTo(z[i], 12));
  });

  it('leaves 0 of a constant column, whatever the constant', () => {
    for (const constant of [0, 0.1, 0.7, 1e-300, 1e300, -3e8]) expect(of(() => constant)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('takes the rounding of float32 for no variation', () => {
    const rows = Float32Array.from(z, (v) => 0.1 + v * 1e-9);
    const found = standardizer({ rows, dims: 1 })({ rows, dims: 1 }).rows;
    found.forEach((value) => expect(Math.abs(value)).toBeLessThan(1e-7));
  });
});

describe('ridgeClassifier of columns that are equal, dead or huge', () => {
  it('is that of one column alone, without a penalty where that drowns', () => {
    const labels = [0, 1, 0, 1, 1, 0, 1, 0];
    const x = [1, 2, 0, 3, 2, 1, 4, 2];
    const logits = (rows: number[], dims: number, alpha: number) =>
      classify(ridgeClassifier({ rows: Float64Array.from(rows), dims }, labels, { alpha }), {
        rows: Float64Array.from(rows),
        dims,
      }).logits;
    const alone = logits(x, 1, 1e-12);
    const wide = x.flatMap((v) => [v * 1e80, 0, v * 1e80, v * 1e80]);
    logits(wide, 4, 1).forEach((value, i) => expect(value).toBeCloseTo(alone[i], 10));
  });
});

describe('linearProbe', () => {
  const parts = { train: clusters(1, 120), validation: clusters(2, 60), test: clusters(3, 60) };

  it('reports on the test rows the penalty that is best on the validation rows', () => {
    const result = linearProbe(parts);
    const best = Math.max(...result.trials.map((trial) => trial.validationAccuracy));
    expect(result.validationAccuracy).toBe(best);
    expect(result.counts).toEqual({ train: 120, validation: 60, test: 60 });
    const standardize = standardizer(parts.train);
    const fit = logisticRegression(standardize(parts.train), parts.train.labels, { l2: result.l2, tolerance: 1e-8 });
    expect(result.testAccuracy).toBe(accuracy(classify(fit, standardize(parts.test)).prediction, parts.test.labels));
    expect(result.testAccuracy).toBeGreaterThan(0.6);
    expect(result.trials.every(({ converged }) => converged)).toBe(true);
  });

  it('never looks at the test rows before the end', () => {
    const shuffled = { ...parts.test, labels: Array.from(parts.test.labels).toReversed() };
    const { trials, l2 } = linearProbe({ ...parts, test: shuffled });
    expect({ trials, l2 }).toEqual({ trials: linearProbe(parts).trials, l2: linearProbe(parts).l2 });
  });

  it('does not change when a column is stretched or moved, as it standardizes', () => {
    const moved = (part: LabeledRows) => ({
      ...part,
      rows: Float64Array.from(part.rows, (value, i) => (i % 2 === 0 ? 1000 * value + 7 : value)),
    });
    const result = linearProbe({
      train: moved(parts.train),
      validation: moved(parts.validation),
      test: moved(parts.test),
    });
    expect(result.testAccuracy).toBe(linearProbe(parts).testAccuracy);
  });

  it('warns, with counts, of classes that a part lacks', () => {
    const without = (part: LabeledRows, absent: number): LabeledRows => {
      const kept = Array.from(part.labels).flatMap((label, i) => (label === absent ? [] : [i]));
      const rows = Float64Array.from(kept.flatMap((i) => [part.rows[2 * i], part.rows[2 * i + 1]]));
      return { rows, dims: 2, labels: kept.map((i) => part.labels[i]) };
    };
    expect(linearProbe(parts).warnings).toEqual([]);
    const lacking = { ...parts, train: without(parts.train, 1), validation: without(parts.validation, 2) };
    const result = linearProbe(lacking, { classes: 4, l2: [0.1] });
    expect(result.warnings).toEqual([
      'train has no rows of 2 of 4 classes (1, 3): 20 of 60 test rows cannot come out right',
      'validation has no rows of 2 of 4 classes (2, 3)',
      'test has no rows of 1 of 4 classes (3)',
    ]);
    expect(result.confusion.recall[1]).toBe(0);
    const single = { ...parts, train: without(without(parts.train, 1), 2) };
    expect(() => linearProbe(single, { classes: 3 })).toThrow(/train.labels must be of at least two classes, got 1/);
  });

  it('does not depend on the order of the rows', () => {
    const order = permutation(key(5), 120);
    const { rows, labels } = parts.train;
    const shuffled = Float64Array.from(rows, (_, i) => rows[order[i >> 1] * 2 + (i & 1)]);
    const moved = { rows: shuffled, dims: 2, labels: Array.from(order, (i) => labels[i]) };
    const [one, other] = [linearProbe(parts), linearProbe({ ...parts, train: moved })];
    expect(other.testAccuracy).toBe(one.testAccuracy);
    expect(other.l2).toBe(one.l2);
    expect(other.validationCrossEntropy).toBeCloseTo(one.validationCrossEntropy, 4);
  });

  it('counts in its confusion matrix what its accuracy says', () => {
    const { confusion, testAccuracy } = linearProbe(parts);
    const right = [0, 1, 2].reduce((sum, k) => sum + confusion.counts[4 * k], 0);
    expect(right / 60).toBe(testAccuracy);
    expect(confusion.counts.reduce((a, b) => a + b)).toBe(60);
  });

  it('carries its protocol', () => {
    const { protocol } = linearProbe(parts, { l2: [0.1], standardize: false });
    expect(protocol).toEqual({
      name: 'converged',
      l2: [0.1],
      standardize: false,
      tolerance: 1e-5,
      maxIterations: 1000,
    });
  });

  it('refuses parts that do not fit, naming the part', () => {
    expect(() => linearProbe({ ...parts, test: { ...parts.test, dims: 4 } })).toThrow(/test.dims must be 2/);
    const unknown = { ...parts.validation, labels: new Int32Array(60).fill(3) };
    expect(() => linearProbe({ ...parts, validation: unknown })).toThrow(
      /validation.*labels\[0\] must be an integer in 0 .. 2, got 3/,
    );
    const broken = { ...parts.test, rows: parts.test.rows.slice().fill(NaN, 10, 11) };
    expect(() => linearProbe({ ...parts, test: broken })).toThrow(/row 5 of test/);
    expect(() => linearProbe(parts, { l2: [] })).toThrow(/l2/);
  });
});
