import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { arrayDataset } from '../../dataset/array-dataset.ts';
import { decodePng } from '../../images/decode/decode-png.ts';
import { inspect } from '../../inspect/inspect.ts';
import type { Raster } from '../../images/raster.ts';
import { writeNpz } from '@diptych/formats';
import { encodeLatents } from '../latents/encode-latents.ts';
import { savePng } from '../save-files.ts';
import { run } from './run.ts';

let folder = '';
let [out, err] = ['', ''];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diptych-'));
  [out, err] = ['', ''];
});
afterEach(async () => rm(folder, { recursive: true }));

const diptychData = (...args: string[]) => run(args, { out: (text) => (out += text), err: (text) => (err += text) });
const ramp = (start: number, width = 4): Raster => ({
  data: Uint8ClampedArray.from({ length: width * 4 }, (_, i) => start + i * 3),
  width,
  height: 4,
  channels: 1,
});

async function pets(): Promise<string> {
  await savePng(join(folder, 'pets/cat/1.png'), ramp(0));
  await savePng(join(folder, 'pets/cat/2.png'), ramp(0));
  await savePng(join(folder, 'pets/dog/1.png'), ramp(40));
  await savePng(join(folder, 'pets/dog/2.png'), { ...ramp(0), data: ramp(0).data.reverse() });
  return join(folder, 'pets');
}

describe('inspect', () => {
  it('counts, averages and finds what is there twice', async () => {
    const x = Float32Array.of(0, 1, -1, 0.5, 0, 1, 0.25, 0.5);
    const data = arrayDataset({ x, shape: [1, 2, 1], label: [0, 1, 0, 2], name: 'four' });
    const { summary, sheet } = await inspect(data);
    expect(summary).toMatchObject({
      name: 'four',
      length: 4,
      numbers: 'float32',
      classes: [
        { name: '0', count: 2 },
        { name: '1', count: 1 },
        { name: '2', count: 1 },
      ],
      min: -1,
      max: 1,
      duplicates: [[0, 2]],
      lookAlikes: [[0, 1, 2, 3]],
    });
    const mean = x.reduce((a, b) => a + b, 0) / 8;
    expect(summary.mean[0]).toBeCloseTo(mean, 12);
    expect(summary.std[0]).toBeCloseTo(Math.sqrt(x.reduce((a, b) => a + (b - mean) ** 2, 0) / 8), 12);
    expect(sheet!.width).toBeGreaterThan(0);
    await expect(inspect(data, { columns: 0 })).rejects.toThrow(/columns must be a positive integer/);
  });

  it('draws no sheet of latents', async () => {
    const data = arrayDataset({ x: new Float32Array(24), shape: [1, 3, 8] });
    expect((await inspect(data)).sheet).toBeUndefined();
  });
});

describe('diptych-data inspect', () => {
  it('prints what a folder holds, and draws it', async () => {
    const sheet = join(folder, 'sheet.png');
    expect(await diptychData('inspect', await pets(), '--sheet', sheet)).toBe(0);
    expect(out).toMatch(/^pets: 4 images of 4 x 4 x 1, uint8\n/);
    expect(out).toMatch(/duplicates +1 in 1 groups, e.g. .*cat\/1.png = .*cat\/2.png/);
    expect(out).toMatch(/look-alikes +2 in 1 groups/);
    expect(out).toMatch(/ {2}cat +2 +50.0 % {2}#{24}\n {2}dog +2 +50.0 %/);
    expect(out).toContain(`contact sheet      ${sheet}`);
    const { width, height } = decodePng(await readFile(sheet));
    // Two rows of two images, 48 pixels each.
    expect(width).toBeGreaterThan(96);
    expect(height).toBeGreaterThan(96);
    expect(width).toBeLessThan(144);
    expect(err).toBe('');
  });

  it('prints JSON, and writes nothing if told so', async () => {
    expect(await diptychData('inspect', await pets(), '--json', '--no-sheet')).toBe(0);
    const summary = JSON.parse(out) as { length: number; duplicates: number[][]; sheet?: string };
    expect(summary).toMatchObject({ length: 4, shape: [4, 4, 1], min: 0, max: 85, duplicates: [[0, 1]], skipped: [] });
    expect(summary.sheet).toBeUndefined();
  });

  it('reads archives, binary files, latents, images of many sizes, and goes on without bad ones', async () => {
    const npz = join(folder, 'a.npz');
    const images = { shape: [2, 2, 2], data: new Uint8Array(8) };
    await writeFile(npz, writeNpz({ arr_0: images, arr_1: { shape: [2], data: new Uint8Array([0, 1]) } }));
    const bin = join(folder, 'a.bin');
    await writeFile(bin, new Uint8Array(3073 * 2));
    const latents = join(folder, 'latents');
    const data = arrayDataset({ x: new Float32Array(4).fill(0.5), shape: [2, 2, 1], name: 'l' });
    const encode = ({ x, shape }: { x: Float32Array; shape: readonly [number, number, number, number] }) => ({
      mean: x.map((v, i) => v * i),
      logVariance: x,
      shape,
    });
    await encodeLatents(data, encode, { to: latents, encoder: 'e' });
    for (const source of [npz, bin, latents, 'digits']) {
      expect(await diptychData('inspect', source, '--no-sheet'), err).toBe(0);
    }
    expect(out).toMatch(/a.npz: 2 images of 2 x 2 x 1[^]*a.bin: 2 images of 32 x 32 x 3[^]*l: 1 images of 2 x 2 x 4/);
    expect(out).toContain('digits: 1797 images of 8 x 8 x 1, float32');
    const bad = await pets();
    await writeFile(join(bad, 'dog/3.png'), 'no image');
    await savePng(join(bad, 'dog/4.png'), ramp(0, 7));
    expect(await diptychData('inspect', bad, '--no-sheet', '--skip-bad', '--fit', '2')).toBe(0);
    expect(out).toMatch(/pets: 5 images of 2 x 2 x 1/);
    expect(out).toMatch(/1 images left out:\n {2}decodePng: .*3.png is not a whole PNG file/);
  });

  it('says with its exit code what was wrong', async () => {
    expect(await diptychData('inspect', join(folder, 'nowhere'))).toBe(1);
    expect(err).toMatch(/nowhere must be a folder, a file, digits, cifar10, cifar100, mnist, got "ENOENT"/);
    await writeFile(join(folder, 'a.txt'), '');
    expect(await diptychData('inspect', join(folder, 'a.txt'), '--no-sheet')).toBe(1);
    expect(err).toMatch(/a.txt must be a .zip, .npz or .bin file/);
    await mkdir(join(folder, 'empty'));
    expect(await diptychData('inspect', join(folder, 'empty'), '--no-sheet')).toBe(1);
    expect(await diptychData('inspect', 'cifar10:validation', '--no-sheet')).toBe(1);
    const sheet = join(folder, 'a.txt');
    expect(await diptychData('inspect', 'digits', '--sheet', sheet)).toBe(1);
    expect(err).toMatch(/a.txt must be free/);
    expect(await readFile(sheet, 'utf8')).toBe('');
    expect(await diptychData('inspect', 'digits', '--sheet', sheet, '--force')).toBe(0);
    for (const args of [['inspect'], ['inspect', 'digits', '--fit', 'x'], ['look'], ['inspect', 'digits', '--bad']]) {
      expect(await diptychData(...args), args.join(' ')).toBe(2);
    }
    expect(out).toContain('digits');
    out = '';
    expect(await diptychData('inspect', '--help')).toBe(0);
    expect(out).toMatch(/Usage: diptych-data inspect \[options\] <source>[^]*Exit codes/);
  });
});
