import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { key, normalArray } from '@diptych/core';
import { arrayDataset, digitSplits, subset } from '@diptych/data';
import type { Dataset } from '@diptych/data';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { linearProbeGrid } from '../probes/grid/linear-probe-grid.ts';
import type { TapFeatures } from '../probes/grid/tap-features.ts';
import { featureCache } from './feature-cache.ts';

const { train, validation, test } = digitSplits();
const splits = {
  train: subset(train, { to: 200 }),
  validation: subset(validation, { to: 80 }),
  test: subset(test, { to: 80 }),
};

/** A network with weights: two taps in different precision. Counts its passes. */
function network(seed: number) {
  const weights = normalArray(key(seed), 64);
  const counted = { passes: 0 };
  const features: TapFeatures = (images) => {
    counted.passes++;
    const count = images.shape[0];
    const half = new Float64Array(count * 32);
    const pixels = Float32Array.from(images.x, (value, i) => value * weights[i % 64]);
    pixels.forEach((value, i) => (half[(i >> 6) * 32 + (i & 31)] += value));
    return { pixels: { rows: pixels, dims: 64 }, half: { rows: half, dims: 32 } };
  };
  return { features, counted };
}

describe('featureCache', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'features-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const run = async (
    options: { seed?: number; name?: string; memoryBytes?: number; sigmas?: number[]; data?: typeof splits } = {},
  ) => {
    const { seed = 1, name = 'net', memoryBytes, sigmas = [0], data = splits } = options;
    const { features, counted } = network(seed);
    const store = featureCache(folder, { memoryBytes, chunkBytes: 7000 });
    const grid = await linearProbeGrid({
      features,
      splits: data,
      sigmas,
      key: key(3),
      batchSize: 50,
      probe: { l2: [0.1, 0.01] },
      cache: { store, network: name },
    });
    return { cells: grid.cells, passes: counted.passes, reused: grid.reusedPasses, warnings: grid.warnings };
  };
  const fresh = async (seed = 1, data: typeof splits = splits) => {
    const { features } = network(seed);
    const probe = { l2: [0.1, 0.01] };
    return (await linearProbeGrid({ features, splits: data, sigmas: [0], key: key(3), batchSize: 50, probe })).cells;
  };
  const entries = () => readdirSync(folder).map((name) => join(folder, name));
  const entryOf = (rows: number) => entries().find((entry) => manifest(entry).count === rows)!;
  const manifest = (entry: string) =>
    JSON.parse(readFileSync(join(entry, 'manifest.json'), 'utf8')) as { count: number };

  it('gives the same bits from memory, from disk in one piece and in chunks, and on the second run', async () => {
    const expected = await fresh();
    const first = await run({ memoryBytes: 1 });
    expect(first).toEqual({ cells: expected, passes: 8, reused: 0, warnings: [] });
    // The second run looks at the first batch of each part only.
    expect(await run({ memoryBytes: 1 })).toEqual({ cells: expected, passes: 3, reused: 3, warnings: [] });
    expect(await run()).toEqual({ cells: expected, passes: 3, reused: 3, warnings: [] });
    expect(entries()).toHaveLength(3);
  });

  it('computes again for another name, noise level or pixel', async () => {
    await run();
    expect((await run({ name: 'other' })).reused).toBe(0);
    expect((await run({ sigmas: [0.1] })).reused).toBe(0);
    const all = await splits.train.batch(Uint32Array.from({ length: 200 }, (_, i) => i));
    const x = Float32Array.from(all.x);
    const copy = (pixels: Float32Array): Dataset =>
      arrayDataset({ x: pixels, shape: [8, 8, 1], label: all.label, classes: train.classes, name: 'any name' });
    expect((await run({ data: { ...splits, train: copy(x.slice()) } })).reused).toBe(3);
    x[5000] += 0.25;
    const changed = { ...splits, train: copy(x) };
    const found = await run({ data: changed });
    expect(found.reused).toBe(2);
    expect(found.cells).toEqual(await fresh(1, changed));
  });

  it('finds out that a known name stands for other weights, and computes again', async () => {
    await run();
    const found = await run({ seed: 2 });
    expect(found.reused).toBe(0);
    expect(found.cells).toEqual(await fresh(2));
    expect((await run({ seed: 2 })).reused).toBe(3);
  });

  it.each([
    ['a changed byte', (entry: string) => changeByte(join(entry, 'tap-0.f32')), /SHA-256/],
    ['a file cut short', (entry: string) => truncateSync(join(entry, 'tap-1.f64'), 100), /100 bytes instead of 51200/],
    ['a missing file', (entry: string) => rmSync(join(entry, 'labels.i32')), /ENOENT/],
    ['a missing manifest', (entry: string) => rmSync(join(entry, 'manifest.json')), /manifest/],
    ['half a manifest', (entry: string) => truncateSync(join(entry, 'manifest.json'), 40), /JSON/],
  ])('notices %s, says so and computes again', async (_, damage, message) => {
    const { cells } = await run();
    damage(entryOf(200));
    const found = await run();
    expect(found.reused).toBe(2);
    expect(found.cells).toEqual(cells);
    expect(found.warnings).toHaveLength(1);
    expect(found.warnings[0]).toMatch(message);
    expect((await run()).reused).toBe(3);
  });

  it('leaves nothing of a pass that failed, and clears away those of processes that are gone', async () => {
    const { features } = network(1);
    let passes = 0;
    const failing: TapFeatures = (images, ...rest) => {
      if (++passes === 2) throw new Error('out of memory');
      return features(images, ...rest);
    };
    const cache = { store: featureCache(folder), network: 'net' };
    const options = { splits, sigmas: [0], key: key(3), batchSize: 50, cache };
    await expect(linearProbeGrid({ ...options, features: failing })).rejects.toThrow('out of memory');
    expect(entries()).toEqual([]);
    await run();
    const entry = entryOf(200);
    const gone = `${entry}.partial-999999999`;
    mkdirSync(gone);
    rmSync(entry, { recursive: true });
    expect((await run()).reused).toBe(2);
    expect(entries().filter((name) => name.includes('partial'))).toEqual([]);
  });

  it('refuses sizes that are none and a network without a name', async () => {
    expect(() => featureCache(folder, { memoryBytes: 0 })).toThrow(/memoryBytes must be a positive integer, got 0/);
    expect(() => featureCache(folder, { chunkBytes: 1.5 })).toThrow(/chunkBytes/);
    await expect(run({ name: '' })).rejects.toThrow(/cache.network must be a text that names the weights/);
  });
});

function changeByte(file: string): void {
  const bytes = readFileSync(file);
  bytes[100] ^= 1;
  writeFileSync(file, bytes);
}
