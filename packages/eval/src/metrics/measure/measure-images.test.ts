import { key, normalArray } from '@diptych/core';
import { toBatch, digitSplits, sequentialBatches, subset } from '@diptych/data';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, it } from 'vitest';
import { digitFeatures } from '../../networks/digits/digit-features.ts';
import type { FeatureNetwork } from '../../networks/feature-network.ts';
import type { FeatureRows } from '../../features/feature-rows.ts';
import { extractFeatures } from '../../networks/extract-features.ts';
import { frechetDistance } from '../frechet/frechet-distance.ts';
import { inceptionScore } from '../inception-score/inception-score.ts';
import { kernelDistance } from '../mmd/kernel-distance.ts';
import { precisionRecall } from '../precision-recall/precision-recall.ts';
import { moments } from '../../features/moments.ts';
import { measureImages } from './measure-images.ts';
import {
  frechetInfinityMetric,
  frechetMetric,
  inceptionScoreMetric,
  kernelMetric,
  mmdMetric,
  precisionRecallMetric,
  spatialFrechetMetric,
} from './metrics.ts';
import { samplerImages } from './sampler-images.ts';
import { summarizeImages } from './summarize-images.ts';

const digit = digitFeatures();
const { train, test } = digitSplits();

/** The digit network with class scores, the first seven pixels of each row as spatial features, and a count of its passes. */
function counting() {
  let passes = 0;
  const network: FeatureNetwork = {
    name: 'digits',
    dims: 64,
    features: (images) => {
      passes += images.shape[0];
      return digit.features(images);
    },
    outputs: (images, wanted) => {
      passes += images.shape[0];
      return {
        features: digit.features(images) as FeatureRows,
        ...(wanted.includes('logits') && { logits: digit.logits(images) }),
        ...(wanted.includes('spatial') && { spatial: { rows: Float32Array.from(images.x), dims: 64 } }),
      };
    },
  };
  return { network, passes: () => passes };
}

describe('measureImages', () => {
  it('gives every metric the numbers of its own function, in one pass over each set', async () => {
    const { network, passes } = counting();
    const seen: string[] = [];
    const { figures, lines, counts, warnings } = await measureImages({
      network,
      real: train,
      generated: sequentialBatches(test, { batchSize: 100 }),
      metrics: [
        frechetMetric(),
        spatialFrechetMetric(),
        kernelMetric({ key: key(3), subsets: 5, subsetSize: 100 }),
        inceptionScoreMetric({ splits: 2 }),
        precisionRecallMetric({ k: 3 }),
        mmdMetric(),
        frechetInfinityMetric({ key: key(4) }),
      ],
      onProgress: (side, images) => seen.push(`${side} ${images}`),
    });
    expect(passes()).toBe(train.length + test.length);
    expect(counts).toEqual({ real: 1200, generated: 360 });
    expect(warnings).toEqual([]);
    expect(seen.slice(-4)).toEqual(['generated 100', 'generated 200', 'generated 300', 'generated 360']);

    const [a, b] = [await extractFeatures(digit, train), await extractFeatures(digit, test)];
    const value = Object.fromEntries(figures.map((figure) => [figure.name, figure.value]));
    const score = inceptionScore(digit.logits(await toBatch(test)), { splits: 2 });
    const balls = precisionRecall(b, a, { k: 3 });
    expect(value['FD-digits']).toBeCloseTo(frechetDistance(a, b), 8);
    expect(value['KD-digits']).toBe(kernelDistance(b, a, { key: key(3), subsets: 5, subsetSize: 100 }).mean);
    expect(value['Score-digits']).toBeCloseTo(score.mean, 12);
    for (const name of ['precision', 'recall', 'density', 'coverage'] as const) expect(value[name]).toBe(balls[name]);
    expect(value.precision).not.toBe(value.recall);
    const pixels = async (of: typeof train) => ({ rows: Float32Array.from((await toBatch(of)).x), dims: 64 });
    expect(value['sFD-digits']).toBeCloseTo(frechetDistance(await pixels(train), await pixels(test)), 8);
    expect(value['FD-infinity-digits']).toBeLessThan(value['FD-digits']);
    expect(lines[2]).toMatch(/^KD-digits \d.* ± \d.* \(360 against 1200 images, 64 dims, reference [0-9a-f]{16}\)$/);
  });

  it('looks at a reference once: its summary stands for it', async () => {
    const { network, passes } = counting();
    const real = await summarizeImages(network, train, { needs: ['moments', 'rows'] });
    for (const part of [subset(test, { to: 50 }), subset(test, { from: 50 })]) {
      await measureImages({ network, real, generated: part, metrics: [frechetMetric(), precisionRecallMetric()] });
    }
    expect(passes()).toBe(1200 + 360);
  });

  it('needs no real images for the Inception Score', async () => {
    const { figures, lines, counts } = await measureImages({
      network: counting().network,
      generated: test,
      metrics: [inceptionScoreMetric()],
    });
    expect(counts).toEqual({ generated: 360 });
    expect(figures[0].value).toBeGreaterThan(5);
    expect(lines[0]).toMatch(/\(360 images, 64 dims\)$/);
  });

  it('is 0 between a set and itself, whatever the order', async () => {
    const turned = {
      ...train,
      batch: (indices: ArrayLike<number>) => train.batch(Array.from(indices, (i) => 1199 - i)),
    };
    const { figures } = await measureImages({
      network: digit,
      real: train,
      generated: turned,
      metrics: [frechetMetric()],
    });
    expect(figures[0].value).toBeLessThan(1e-8);
  });

  it('refuses what a set or a network does not have, too few images, and numbers that are not finite', async () => {
    const known = moments(await extractFeatures(digit, train));
    const base = { network: digit, generated: test, metrics: [precisionRecallMetric()] };
    await expect(measureImages({ ...base, real: known })).rejects.toThrow(
      /what is known of real has no rows of features/,
    );
    await expect(measureImages(base)).rejects.toThrow(/real must be given/);
    await expect(measureImages({ ...base, metrics: [] })).rejects.toThrow(/metrics must be not empty/);
    await expect(measureImages({ ...base, metrics: [inceptionScoreMetric()] })).rejects.toThrow(
      /one that gives logits/,
    );
    await expect(summarizeImages(digit, [], {})).rejects.toThrow(/at least 2 images, and images are 0/);
    const broken: FeatureNetwork = {
      ...digit,
      features: (images) => {
        const found = digit.features(images);
        (found as { rows: Float32Array }).rows[70] = NaN;
        return found as { rows: Float32Array; dims: number };
      },
    };
    await expect(summarizeImages(broken, test)).rejects.toThrow(/row 1 of features of images must be free of NaN/);
    const stopped = AbortSignal.abort(new Error('enough'));
    await expect(summarizeImages(digit, test, { signal: stopped })).rejects.toThrow('enough');
  });
});

describe('samplerImages', () => {
  it('draws as many as wanted, rounds to levels, and leaves no tensor', async () => {
    await tf.setBackend('cpu');
    const before = tf.memory().numTensors;
    const asked: number[][] = [];
    const sample = (count: number, first: number) => {
      asked.push([count, first]);
      return tf.tensor4d(normalArray(key(first), count * 64), [count, 8, 8, 1]);
    };
    const set = samplerImages(sample, { count: 150, batchSize: 64 });
    const { counts } = await measureImages({ network: digit, real: test, generated: set, metrics: [frechetMetric()] });
    expect(counts.generated).toBe(150);
    expect(asked).toEqual([
      [64, 0],
      [64, 64],
      [22, 128],
    ]);
    expect(tf.memory().numTensors).toBe(before);
    const wrong = samplerImages(() => tf.zeros([3, 8, 8, 1]) as tf.Tensor4D, { count: 2 });
    await expect(wrong.next()).rejects.toThrow(/images of sample must be of shape \[2, H, W, C\]/);
    expect(tf.memory().numTensors).toBe(before);
  });
});
