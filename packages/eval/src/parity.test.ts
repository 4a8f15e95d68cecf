import { hashUnit } from '@diptych/test-utils/eval';
import { fixtures } from '@diptych/test-utils/fixtures';
import type { FixtureCase, NumberArray } from '@diptych/test-utils/fixtures';
import { toBatch, digits } from '@diptych/data';
import { describe, expect, it } from 'vitest';
import {
  featureSpectrum,
  frechetDistance,
  gaussianMmd,
  inceptionScore,
  kernelDistance,
  linearCka,
  moments,
  precisionRecall,
  StreamingMoments,
} from './index.ts';
import type { FeatureRows, LabeledRows, Moments } from './index.ts';
import { polynomialMmd } from './metrics/index.ts';
import { accuracy, classify, logisticRegression, nearestNeighborVote, ridgeClassifier } from './probes/index.ts';

const array = (value: unknown) => value as NumberArray;
const rowsOf = (value: unknown): FeatureRows => {
  const { shape, data } = array(value);
  return { rows: Float64Array.from(data), dims: shape[1] };
};

/** Every entry within `relative` of the largest expected entry. */
function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, relative: number): void {
  expect(actual.length).toBe(expected.length);
  const bound = relative * Math.max(...Array.from(expected, Math.abs), 1e-300);
  const worst = Math.max(...Array.from(expected, (value, i) => Math.abs(actual[i] - value)));
  expect(worst).toBeLessThanOrEqual(bound);
}

const { x: digitPixels, label: digitLabels } = await toBatch(digits());

/** Training and test rows of a case: given, or rows of the digits with pixels divided by 16. */
function labeledParts(inputs: Record<string, unknown>): { train: LabeledRows; test: LabeledRows } {
  if (!inputs.trainRows) {
    return {
      train: { ...rowsOf(inputs.x), labels: array(inputs.y).data },
      test: { ...rowsOf(inputs.testX), labels: array(inputs.testY).data },
    };
  }
  const part = ([from, to]: number[]) => ({
    rows: Float64Array.from(digitPixels.subarray(from * 64, to * 64), (pixel) => (pixel + 1) / 2),
    dims: 64,
    labels: digitLabels!.slice(from, to),
  });
  return { train: part(inputs.trainRows as number[]), test: part(inputs.testRows as number[]) };
}

const squares = (values: Float64Array) => values.reduce((sum, value) => sum + value * value, 0);

/** What each kind of file promises: the file's name says which kind it is. */
const promises: Record<string, (golden: FixtureCase, cases: FixtureCase[]) => void> = {
  frechet({ config, inputs, expected }) {
    const { exact, traceSum } = expected as { exact: number; traceSum: number };
    const tolerance = Math.max(1e-6 * exact, 1e-9 * traceSum);
    if (config.kind === 'features') {
      const { hash, samples, scale, shift } = inputs as {
        hash: string;
        samples: number[];
        scale: number[];
        shift: number[];
      };
      const dims = config.dim as number;
      const [a, b] = ['a', 'b'].map((side, i) => ({
        rows: hashUnit(`${hash}/${side}`, samples[i] * dims).map((u) => u * scale[i] + shift[i]),
        dims,
      }));
      expect(Math.abs(frechetDistance(a, b) - exact)).toBeLessThanOrEqual(1e-11 * traceSum);
      expect(Math.abs(frechetDistance(moments(a), moments(b)) - exact)).toBeLessThanOrEqual(tolerance);
      return;
    }
    const gaussian = (side: number): Moments => ({
      count: 2,
      dims: config.dim as number,
      mean: Float64Array.from(array(inputs[`mu${side}`]).data),
      covariance: Float64Array.from(array(inputs[`sigma${side}`]).data),
    });
    expect(Math.abs(frechetDistance(gaussian(1), gaussian(2)) - exact)).toBeLessThanOrEqual(tolerance);
    expect(Math.abs(frechetDistance(gaussian(2), gaussian(1)) - exact)).toBeLessThanOrEqual(tolerance);
  },

  moments({ config, inputs, expected }) {
    const features = rowsOf(inputs.features);
    const { dims, rows } = features;
    const stream = new StreamingMoments(dims);
    let from = 0;
    for (const size of config.batches as number[]) {
      stream.add({ rows: rows.subarray(from * dims, (from + size) * dims), dims });
      from += size;
    }
    for (const result of [stream.result(), moments(features)]) {
      expectClose(result.mean, array(expected.mean).data, 1e-11);
      expectClose(result.covariance, array(expected.covariance).data, 1e-10);
    }
  },

  'linear-probe'({ config, inputs, expected }) {
    const { train, test } = labeledParts(inputs);
    const classes = config.classes as number;
    if (config.kind === 'ridge') {
      const fit = ridgeClassifier(train, train.labels, { alpha: config.alpha as number, classes });
      expect(accuracy(classify(fit, train).prediction, train.labels)).toBeCloseTo(expected.trainAccuracy as number, 10);
      expect(accuracy(classify(fit, test).prediction, test.labels)).toBeCloseTo(expected.testAccuracy as number, 10);
      expectClose([squares(fit.weight)], [expected.weightNorm2 as number], 1e-9);
      if (expected.weight) expectClose(fit.weight, array(expected.weight).data, 1e-9);
      if (expected.bias) expectClose(fit.bias, array(expected.bias).data, 1e-9);
      return;
    }
    if (config.kind !== 'logistic') throw new Error(`no promise for a probe of kind ${String(config.kind)}`);
    const fit = logisticRegression(train, train.labels, {
      classes,
      l2: 1 / ((config.C as number) * train.labels.length),
      tolerance: 1e-9,
      maxIterations: 20000,
    });
    expect(fit.converged).toBe(true);
    expectClose([fit.objective], [expected.objective as number], 1e-10);
    expectClose([fit.crossEntropy], [expected.crossEntropy as number], 1e-5);
    expectClose([squares(fit.weight)], [expected.weightNorm2 as number], 1e-5);
    expect(accuracy(classify(fit, train).prediction, train.labels)).toBeCloseTo(expected.trainAccuracy as number, 10);
    expect(accuracy(classify(fit, test).prediction, test.labels)).toBeCloseTo(expected.testAccuracy as number, 10);
    if (expected.weight) expectClose(fit.weight, array(expected.weight).data, 1e-5);
    if (expected.bias) expectClose(fit.bias, array(expected.bias).data, 1e-5);
    if (expected.testLogits) {
      // The scores are defined up to a constant per row.
      const centered = (logits: ArrayLike<number>) =>
        Float64Array.from(logits, (value, i) => {
          const from = Math.floor(i / classes) * classes;
          let sum = 0;
          for (let k = 0; k < classes; k++) sum += logits[from + k];
          return value - sum / classes;
        });
      expectClose(centered(classify(fit, test).logits), centered(array(expected.testLogits).data), 1e-5);
    }
  },

  knn({ config, inputs, expected }, cases) {
    const source = inputs.sameAs ? cases.find(({ name }) => name === inputs.sameAs)!.inputs : inputs;
    const { train, test } = labeledParts(source);
    const { k, T, classes } = config as { k: number; T: number; classes: number };
    for (const precision of [Float64Array, Float32Array]) {
      const half = { ...train, rows: new precision(train.rows) };
      const { prediction, logits } = nearestNeighborVote(half, test, { k, temperature: T, classes });
      expect(Array.from(prediction)).toEqual(array(expected.predictions).data);
      expect(100 * accuracy(prediction, test.labels)).toBeCloseTo(expected.top1Percent as number, 9);
      if (expected.votesOfFirst5) {
        const votes = array(expected.votesOfFirst5).data;
        expectClose(logits.subarray(0, votes.length), votes, precision === Float64Array ? 1e-10 : 1e-5);
      }
    }
  },

  kid({ config, inputs, expected }) {
    const [x, y] = [rowsOf(inputs.x), rowsOf(inputs.y)];
    const gamma = config.gamma === '1/dim' ? undefined : (config.gamma as number);
    const kernel = { degree: config.degree as number, gamma, coef0: config.coef0 as number };
    const rowsOfSubset = (value: unknown, i: number) => {
      const { shape, data } = array(value);
      return data.slice(i * shape[1], (i + 1) * shape[1]);
    };
    const subsets = Array.from({ length: array(inputs.subsetsX).shape[0] }, (_, i) => ({
      generated: rowsOfSubset(inputs.subsetsX, i),
      real: rowsOfSubset(inputs.subsetsY, i),
    }));
    const found = kernelDistance(x, y, { kernel, subsets });
    expectClose(found.perSubset, array(expected.perSubset).data, 1e-10);
    expectClose([found.mean], [expected.mean as number], 1e-10);
    expectClose([found.std], [expected.std as number], 1e-10);
    const { unbiased, biased, uStatistic } = polynomialMmd(x, y, kernel);
    expectClose([unbiased], [expected.fullUnbiased as number], 1e-10);
    expectClose([biased], [expected.fullBiased as number], 1e-10);
    if (expected.fullUStatistic !== undefined) expectClose([uStatistic!], [expected.fullUStatistic as number], 1e-10);
    else expect(uStatistic).toBeUndefined();
  },

  cmmd({ config, inputs, expected }) {
    const { sigma, scale } = config as { sigma: number; scale: number };
    const found = gaussianMmd(rowsOf(inputs.x), rowsOf(inputs.y), { sigma, scale });
    expectClose([found], [expected.cmmd as number], 1e-9);
  },

  'inception-score'({ config, inputs, expected }) {
    expect(config.shuffle).toBeFalsy();
    const { mean, std, perSplit } = inceptionScore(rowsOf(inputs.logits), { splits: config.splits as number });
    expectClose(perSplit, array(expected.perSplit).data, 1e-10);
    expectClose([mean], [expected.mean as number], 1e-10);
    expect(Math.abs(std - (expected.std as number))).toBeLessThan(1e-10);
  },

  'precision-recall'({ config, inputs, expected }) {
    const [generated, real] = [rowsOf(inputs.fake), rowsOf(inputs.real)];
    for (const closed of [true, false]) {
      const found = precisionRecall(generated, real, { k: config.k as number, closed });
      for (const [name, value] of Object.entries(expected[closed ? 'closed' : 'open'] as Record<string, number>)) {
        expect(found[name as 'precision'], name).toBeCloseTo(value, 10);
      }
      expectClose(found.radii.real, array(expected.radiiReal).data, 1e-10);
      expectClose(found.radii.generated, array(expected.radiiFake).data, 1e-10);
      found.realism.forEach((value, j) => expect(value / array(expected.realism).data[j]).toBeCloseTo(1, 9));
    }
  },

  representation({ inputs, expected }) {
    const [x, y] = [rowsOf(inputs.x), rowsOf(inputs.y)];
    expectClose([linearCka(x, y)], [expected.linearCKA as number], 1e-10);
    expectClose([linearCka(y, x)], [expected.linearCKA as number], 1e-10);
    const found = featureSpectrum(x);
    expectClose(found.singularValues, array(expected.singularValues).data, 1e-11);
    expectClose([found.effectiveRank], [expected.effectiveRank as number], 1e-10);
    expectClose([found.rankMe], [expected.rankMe as number], 1e-9);
    expectClose([found.participationRatio], [expected.participationRatioCentred as number], 1e-10);
    expectClose([found.normalizedStd], [expected.normalisedStdMean as number], 1e-10);
  },
};

describe('parity with reference implementations', () => {
  // Resizing lives in @diptych/ops, and so does its parity test; that of the Inception network lies beside it.
  for (const { file, cases } of fixtures('eval').filter(
    (golden) => !/^(resize|inception(?!-score))/.test(golden.file),
  )) {
    const kind = Object.keys(promises).find((kind) => file === kind || file.startsWith(`${kind}-`));
    for (const golden of cases) {
      it(`parity: ${file}, ${golden.name}`, () => {
        if (!kind) throw new Error(`no promise for golden file ${file}`);
        promises[kind](golden, cases);
      });
    }
  }
});
