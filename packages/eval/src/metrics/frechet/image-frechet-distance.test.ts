import { foldIn, key, normalArray } from '@diptych/core';
import { digitSplits, sequentialBatches, subset } from '@diptych/data';
import { writeNpz } from '@diptych/formats';
import { describe, expect, it } from 'vitest';
import { digitFeatures } from '../../networks/digits/digit-features.ts';
import { extractFeatures } from '../../networks/extract-features.ts';
import { moments } from '../../features/moments.ts';
import { momentsFromNpz, momentsToNpz } from '../../features/moments-npz.ts';
import { frechetDistance } from './frechet-distance.ts';
import { frechetInfinity } from './frechet-infinity.ts';
import { imageFrechetDistance } from './image-frechet-distance.ts';

const network = digitFeatures();
const { train, test } = digitSplits();

describe('imageFrechetDistance', () => {
  it('is the distance of the features, whether images come as a set, as batches, as rows or as moments', async () => {
    const [a, b] = [await extractFeatures(network, train), await extractFeatures(network, test)];
    const exact = frechetDistance(a, b);
    const report = await imageFrechetDistance(network, sequentialBatches(test, { batchSize: 50 }), train);
    expect(report.value).toBeCloseTo(exact, 8);
    expect((await imageFrechetDistance(network, b, a)).value).toBeCloseTo(exact, 8);
    expect((await imageFrechetDistance(network, test, moments(a))).value).toBeCloseTo(exact, 8);
    expect(report.metric).toBe('FD-digits');
    expect(report.counts).toEqual({ generated: 360, real: 1200 });
    expect(report.warnings).toEqual([]);
    expect(report.line).toMatch(/^FD-digits 6\.\d+ \(360 against 1200 images, 64 dims, reference [0-9a-f]{16}\)$/);
  });

  it('of fewer images than dims is exact, and warns', async () => {
    const few = subset(test, { to: 20 });
    const report = await imageFrechetDistance(network, few, train);
    const exact = frechetDistance(await extractFeatures(network, train), await extractFeatures(network, few));
    expect(report.value).toBeCloseTo(exact, 8);
    expect(report.warnings).toHaveLength(1);
    expect(report.warnings[0]).toMatch(/^20 images for 64 dims/);
  });

  it('knows its reference again, and another one apart', async () => {
    const images = subset(test, { to: 100 });
    const hash = async (part: typeof train) => (await imageFrechetDistance(network, images, part)).reference;
    expect(await hash(train)).toBe(await hash(train));
    expect(await hash(train)).not.toBe(await hash(subset(train, { from: 1 })));
  });

  it('refuses one image, and features of another network', async () => {
    await expect(imageFrechetDistance(network, subset(test, { to: 1 }), train)).rejects.toThrow(
      /statistics take at least 2 images, and generated are 1/,
    );
    await expect(imageFrechetDistance(network, test, { rows: new Float32Array(9), dims: 3 })).rejects.toThrow(
      /real.dims must be 64, that of network/,
    );
  });
});

describe('frechetInfinity', () => {
  const sample = (seed: number, count: number) => ({ rows: normalArray(foldIn(key(21), seed), count * 8), dims: 8 });
  const truth = {
    count: Infinity,
    dims: 8,
    mean: new Float64Array(8),
    covariance: Float64Array.from({ length: 64 }, (_, i) => (i % 9 === 0 ? 1 : 0)),
  };

  it('takes most of the bias off: samples of the reference itself end near 0', () => {
    const samples = sample(1, 600);
    const { value, slope, points } = frechetInfinity(samples, truth, { key: key(0) });
    expect(points).toHaveLength(10);
    expect([points[0].count, points[9].count]).toEqual([150, 600]);
    expect(slope).toBeGreaterThan(0);
    expect(points[9].distance).toBeGreaterThan(0.03);
    expect(Math.abs(value)).toBeLessThan(0.5 * points[9].distance);
  });

  it('is the line through two points', () => {
    const samples = sample(2, 100);
    const { value, slope, points } = frechetInfinity(samples, truth, { key: key(0), counts: [50, 100] });
    for (const { count, distance } of points) expect(value + slope / count).toBeCloseTo(distance, 10);
  });

  it('refuses counts that are not there, or only one', () => {
    expect(() => frechetInfinity(sample(1, 20), truth, { key: key(0), counts: [5, 21] })).toThrow(
      /counts\[1\] must be an integer in 2 .. 20, got 21/,
    );
    expect(() => frechetInfinity(sample(1, 20), truth, { key: key(0), counts: [5, 5] })).toThrow(/two different/);
    expect(() => frechetInfinity(sample(1, 4), truth, { key: key(0) })).toThrow(/at least 8 rows/);
  });
});

describe('momentsToNpz and momentsFromNpz', () => {
  const known = moments({ rows: normalArray(key(5), 30), dims: 3 });

  it('give moments back to the last bit', () => {
    expect(momentsFromNpz(momentsToNpz(known))).toEqual(known);
  });

  it('read files without a count, and refuse those without mu or of other shapes', () => {
    const mu = { shape: [3], data: known.mean };
    const sigma = { shape: [3, 3], data: known.covariance };
    expect(momentsFromNpz(writeNpz({ mu, sigma })).count).toBeNaN();
    expect(() => momentsFromNpz(writeNpz({ sigma }), { name: 'r.npz' })).toThrow(/r.npz has no arrays mu and sigma/);
    expect(() => momentsFromNpz(writeNpz({ mu, sigma: { shape: [9], data: known.covariance } }))).toThrow(
      /sigma of npz must be of shape \[3, 3\], got .*\[9\]/,
    );
    const broken = { shape: [3], data: new Float64Array([0, NaN, 0]) };
    expect(() => momentsFromNpz(writeNpz({ mu: broken, sigma }))).toThrow(
      /npz.mean\[1\] must be a finite number, got NaN/,
    );
  });
});
