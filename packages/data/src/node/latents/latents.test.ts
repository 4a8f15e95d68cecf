import { copyFile, mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { foldIn, key } from '@diptych/core';
import { readSafetensors, writeSafetensors, type HostTensors } from '@diptych/formats';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toBatch } from '../../dataset/to-batch.ts';
import { arrayDataset } from '../../dataset/array-dataset.ts';
import { batches } from '../../dataset/batches.ts';
import { mapBatches } from '../../dataset/map-batches.ts';
import { denormalize, normalize } from '../../latents/normalizer.ts';
import { encodeLatents } from './encode-latents.ts';
import type { EncodeImages } from './encode-latents.ts';
import { latentDataset } from './latent-dataset.ts';

let folder = '';
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'diptych-'))));
afterEach(async () => rm(folder, { recursive: true }));

const count = 10;
const images = arrayDataset({
  x: Float32Array.from({ length: count * 8 }, (_, i) => i / (count * 4) - 1),
  shape: [2, 4, 1],
  label: Array.from({ length: count }, (_, i) => i % 3),
  name: 'ramps',
});

/** Two pixels of a row become one with two channels: 3 times their first, and minus their second; variance 0.04. */
const encode: EncodeImages = ({ x, shape: [n] }) => ({
  shape: [n, 2, 2, 2],
  mean: x.map((pixel, i) => (i % 2 ? -pixel : 3 * pixel)),
  logVariance: new Float32Array(x.length).fill(Math.log(0.04)),
});
const settings = () => ({ to: folder, encoder: 'pairs', shardSize: 4, batchSize: 3 });

describe('encodeLatents and latentDataset', () => {
  it('give the moments of every image and its mirror image back, with labels', async () => {
    await encodeLatents(images, encode, settings());
    const data = await latentDataset(folder);
    expect([data.name, data.length, data.shape, data.channels]).toEqual(['ramps', 10, [2, 2, 8], 2]);
    expect(data.classes).toEqual(['0', '1', '2']);
    const { x, shape, label, index } = await data.batch([7, 0, 9]);
    expect([shape, Array.from(label!), Array.from(index!)]).toEqual([
      [3, 2, 2, 8],
      [1, 0, 0],
      [7, 0, 9],
    ]);
    const [a, b, c, d] = (await images.batch([7])).x;
    const log = Math.log(0.04);
    const expected = [3 * a, -b, log, log, 3 * d, -c, log, log, 3 * c, -d, log, log, 3 * b, -a, log, log];
    expect(Array.from(x.subarray(0, 16))).toEqual(expected.map((value) => expect.closeTo(value, 5)));
  });

  it('write files that others can read, and nothing else', async () => {
    await encodeLatents(images, encode, { ...settings(), mirrored: false });
    const shards = ['shard-00000.safetensors', 'shard-00001.safetensors', 'shard-00002.safetensors'];
    expect((await readdir(folder)).sort()).toEqual(['latents.json', 'normalizer.json', ...shards]);
    const { tensors } = readSafetensors(await readFile(join(folder, shards[2])));
    expect(Object.keys(tensors).sort()).toEqual(['label', 'log_variance', 'mean']);
    expect(tensors.mean.shape).toEqual([2, 2, 2, 2]);
    expect((await latentDataset(folder)).shape).toEqual([2, 2, 4]);
  });

  it('go on where they were interrupted: whole shards are kept, the result is the same', async () => {
    const whole = await mkdtemp(join(tmpdir(), 'diptych-'));
    await encodeLatents(images, encode, { ...settings(), to: whole });
    let calls = 0;
    const failing: EncodeImages = (batch) => {
      if (++calls > 7) throw new Error('power cut');
      return encode(batch);
    };
    await expect(encodeLatents(images, failing, settings())).rejects.toThrow('power cut');
    await expect(latentDataset(folder)).rejects.toThrow(/is not finished: encodeLatents goes on/);
    expect(await readdir(folder)).toContain('shard-00000.safetensors');
    const before = (await stat(join(folder, 'shard-00000.safetensors'))).mtimeMs;
    calls = -1000;
    const seen: number[] = [];
    await encodeLatents(images, failing, { ...settings(), onProgress: ({ encoded }) => seen.push(encoded) });
    expect(calls).toBe(-1000 + 6);
    expect(seen).toEqual([4, 8, 10]);
    expect((await stat(join(folder, 'shard-00000.safetensors'))).mtimeMs).toBe(before);
    for (const file of await readdir(whole)) {
      expect(await readFile(join(folder, file))).toEqual(await readFile(join(whole, file)));
    }
    await rm(whole, { recursive: true });

    const controller = new AbortController();
    controller.abort(new Error('enough'));
    await expect(encodeLatents(images, encode, { ...settings(), signal: controller.signal })).rejects.toThrow('enough');
  });

  it('never mix two encoders, sets or sizes, and refuse broken latents', async () => {
    await encodeLatents(images, encode, settings());
    await expect(encodeLatents(images, encode, { ...settings(), encoder: 'other' })).rejects.toThrow(
      /holds latents of .*"encoder":"pairs".* takes none of .*"encoder":"other"/,
    );
    const fresh = { ...settings(), to: join(folder, 'fresh') };
    const nan: EncodeImages = (batch) =>
      ({ ...encode(batch), mean: new Float32Array(batch.x.length).fill(NaN) }) as never;
    await expect(encodeLatents(images, nan, fresh)).rejects.toThrow(/mean must be free of NaN/);
    const few: EncodeImages = async (batch) => ({ ...(await encode(batch)), logVariance: new Float32Array(1) });
    await expect(encodeLatents(images, few, fresh)).rejects.toThrow(/logVariance must be 24 numbers for shape/);
    await expect(encodeLatents(images, encode, { ...fresh, shardSize: 0 })).rejects.toThrow(
      /shardSize must be a positive/,
    );
    await expect(latentDataset(join(folder, 'none'))).rejects.toThrow(/none holds no latents: it has no latents.json/);
    await truncate(join(folder, 'shard-00001.safetensors'), 300);
    await expect(latentDataset(folder)).rejects.toThrow(/shard-00001.safetensors is not a whole shard/);
    await writeFile(join(folder, 'shard-00001.safetensors'), 'text that is no shard');
    await expect(latentDataset(folder)).rejects.toThrow(/shard-00001.safetensors is not a whole shard/);
  });

  it('refuse a shard in the place of another one', async () => {
    await encodeLatents(images, encode, settings());
    const [a, b] = [join(folder, 'shard-00000.safetensors'), join(folder, 'shard-00001.safetensors')];
    await copyFile(a, join(folder, 'kept'));
    await rename(b, a);
    await rename(join(folder, 'kept'), b);
    const message = /shard-00000.safetensors begins with image 4, but its name says 0/;
    await expect(latentDataset(folder)).rejects.toThrow(message);
    await expect(encodeLatents(images, encode, settings())).rejects.toThrow(message);
  });

  it('refuse a shard whose tensors are not what the plan says, before a batch is read', async () => {
    await encodeLatents(images, encode, settings());
    const path = join(folder, 'shard-00001.safetensors');
    const whole = readSafetensors(await readFile(path));
    const write = async (change: (tensors: HostTensors) => object, metadata = whole.metadata) => {
      await writeFile(path, writeSafetensors(change({ ...whole.tensors }) as HostTensors, metadata));
      return expect(latentDataset(folder)).rejects;
    };
    const { mean, label } = whole.tensors;
    const without = (name: string) => (tensors: HostTensors) =>
      Object.fromEntries(Object.entries(tensors).filter(([other]) => other !== name));
    const doubles = { ...mean, dtype: 'float64', data: Float64Array.from(mean.data as Float32Array) };
    await (
      await write((tensors) => ({ ...tensors, mean: doubles }))
    ).toThrow(/has mean as F64 \[4,2,2,2\], but it must be F32 \[4,2,2,2\]/);
    const floats = { ...label, dtype: 'float32', data: Float32Array.from(label.data as Int32Array) };
    await (await write((tensors) => ({ ...tensors, label: floats }))).toThrow(/has label as F32 \[4\].*I32 \[4\]/);
    const other = { ...mean, shape: [4, 1, 4, 2] };
    await (
      await write((tensors) => ({ ...tensors, log_variance: other }))
    ).toThrow(/has log_variance as F32 \[4,1,4,2\]/);
    const all = ['mean', 'log_variance', 'mean_mirrored', 'log_variance_mirrored'];
    const flat = (tensors: HostTensors) =>
      Object.fromEntries(
        Object.entries(tensors).map(([name, of]) => [name, all.includes(name) ? { ...of, shape: [4, 1, 4, 2] } : of]),
      );
    await (await write(flat)).toThrow(/has latents of \[1,4,2\], not \[2,2,2\]/);
    for (const name of ['log_variance_mirrored', 'label']) {
      await (await write(without(name))).toThrow(`lacks ${name}`);
    }
    await (await write(without('mean'))).toThrow(/has no mean of shape \[images, h, w, c\]/);
    await (await write((tensors) => tensors, { first: '4' })).toThrow(/is not a shard of latents/);
    for (const wrong of [3, -1, 2 ** 31 - 1]) {
      const labels = { ...label, data: Int32Array.of(0, 1, wrong, 2) };
      await (
        await write((tensors) => ({ ...tensors, label: labels }))
      ).toThrow(`has the label ${wrong}, but there are 3 classes`);
    }
  });

  it('refuse a plan and a normalizer that are damaged', async () => {
    await encodeLatents(images, encode, settings());
    const refuse = async (file: string, text: string, message: RegExp) => {
      const before = await readFile(join(folder, file));
      await writeFile(join(folder, file), text);
      await expect(latentDataset(folder)).rejects.toThrow(message);
      await writeFile(join(folder, file), before);
    };
    const plan = JSON.parse(await readFile(join(folder, 'latents.json'), 'utf8')) as object;
    await refuse('latents.json', '{"name"', /latents.json is not JSON/);
    for (const change of [
      { shardSize: 0 },
      { length: '10' },
      { mirrored: 1 },
      { image: [2, 4] },
      { classes: [1] },
      { name: null },
    ]) {
      await refuse('latents.json', JSON.stringify({ ...plan, ...change }), /does not say what the latents are of/);
    }
    // More images than there are shards, up to more than an array can hold.
    for (const length of [13, 2e9, 2 ** 53 - 1]) {
      await refuse('latents.json', JSON.stringify({ ...plan, length, shardSize: 4 }), /shard-0000\d/);
      await refuse('latents.json', JSON.stringify({ ...plan, length, shardSize: length }), /shard-00000.* has mean as/);
    }
    await refuse('latents.json', 'null', /does not say what the latents are of/);
    await refuse('normalizer.json', 'std', /normalizer.json is not JSON/);
    for (const damaged of [
      { mean: [0], std: [1, 1] },
      { mean: [], std: [] },
      { mean: [0, 0], std: [1, 0] },
      { mean: [0, null], std: [1, 1] },
      { mean: [0, 0] },
      null,
    ]) {
      const message = /normalizer.json has no mean and standard deviation > 0 of each channel/;
      await refuse('normalizer.json', JSON.stringify(damaged), message);
    }
    const one = JSON.stringify({ mean: [0], std: [1] });
    await refuse('normalizer.json', one, /has latents of 2 channels, but a normalizer of 1/);
    expect((await latentDataset(folder)).length).toBe(count);
  });

  it('refuse a set with classes whose batches have no labels, when it is encoded', async () => {
    const unlabeled = arrayDataset({ x: new Float32Array(8), shape: [2, 4, 1], classes: ['a'], name: 'odd' });
    await expect(encodeLatents(unlabeled, encode, settings())).rejects.toThrow(
      'encodeLatents: odd has classes, but its batches have no labels',
    );
  });

  it('draw latents by key: with the moments’ mean and spread, either side, the same in every batch', async () => {
    await encodeLatents(images, encode, settings());
    const data = await latentDataset(folder);
    const moments = await data.batch(new Array(2000).fill(3));
    const { x, shape } = data.sample(moments, key(5));
    expect(shape).toEqual([2000, 2, 2, 2]);
    const raw = denormalize(x as Float32Array, data.normalizer);
    const first = Array.from({ length: 2000 }, (_, i) => raw[i * 8]);
    const [a, , , d] = (await images.batch([3])).x;
    const isPlain = (value: number) => Math.abs(value - 3 * a) < Math.abs(value - 3 * d);
    const plain = first.filter(isPlain);
    expect(Math.abs(plain.length - 1000)).toBeLessThan(150);
    const mean = first.reduce((sum, value) => sum + value, 0) / 2000;
    expect(mean).toBeCloseTo((3 * (a + d)) / 2, 1);
    const small = data.sample(await data.batch([3, 3]), key(5));
    expect(small.x).toEqual(x.subarray(0, 16));
  });

  it('have a normalizer that makes every channel of what is drawn 0 +- 1', async () => {
    await encodeLatents(images, encode, settings());
    const data = await latentDataset(folder);
    const stream = mapBatches(batches(data, { batchSize: 10, key: key(0) }), (batch, step) =>
      data.sample(batch, foldIn(key(1), step)),
    );
    const drawn: number[][] = [[], []];
    for (let step = 0; step < 100; step++) (await stream.at(step)).x.forEach((value, i) => drawn[i % 2].push(value));
    for (const channel of drawn) {
      const mean = channel.reduce((sum, value) => sum + value, 0) / channel.length;
      const variance = channel.reduce((sum, value) => sum + (value - mean) ** 2, 0) / channel.length;
      expect([mean, variance]).toEqual([expect.closeTo(0, 1), expect.closeTo(1, 1)]);
    }
    const { x } = await toBatch(images);
    const pairs = normalize(x as Float32Array, data.normalizer);
    expect(Array.from(denormalize(pairs, data.normalizer))).toEqual(Array.from(x, (v) => expect.closeTo(v, 5)));
    expect(() => normalize(new Float32Array(3), data.normalizer)).toThrow(/x must be whole pixels of 2 channels/);
    expect(() => normalize(new Float32Array(2), { mean: [0], std: [0] })).toThrow(/normalizer must be a mean/);
  });
});
