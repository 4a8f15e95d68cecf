import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toBatch, digitSplits, encodePng, subset, signedToBytes } from '@diptych/data';
import { writeNpz } from '@diptych/formats';
import type { Dataset } from '@diptych/data';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { zipSync } from 'fflate';
import { digitFeatures } from '../../networks/digits/digit-features.ts';
import { extractFeatures } from '../../networks/extract-features.ts';
import { frechetDistance } from '../../metrics/frechet/frechet-distance.ts';
import { momentsFromNpz } from '../../features/moments-npz.ts';
import { runProgram } from './run-program.ts';

let folder = '';
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'diptych-'))));
afterEach(async () => rm(folder, { recursive: true }));

const { train, test } = digitSplits();
const [real, generated] = [subset(train, { to: 120 }), subset(test, { to: 80 })];

/** The PNG files of a set; digits by writers stay the same levels. */
async function pngs(set: Dataset): Promise<[string, Uint8Array][]> {
  const { x } = await toBatch(set);
  const levels = signedToBytes(x);
  return Array.from({ length: set.length }, (_, i) => {
    const data = Uint8ClampedArray.from(levels.subarray(i * 64, (i + 1) * 64));
    return [`${String(i).padStart(4, '0')}.png`, encodePng({ data, width: 8, height: 8, channels: 1 })];
  });
}

async function asFolder(set: Dataset, name: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, 'inside'), { recursive: true });
  const files = await pngs(set);
  await Promise.all(files.map(([file, bytes], i) => writeFile(join(path, i % 2 ? '.' : 'inside', file), bytes)));
  return path;
}

async function run(...args: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const bars: (number | undefined)[] = [];
  const code = await runProgram(args, {
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    progress: (_, total) => {
      bars.push(total);
      return { update: () => undefined, stop: () => undefined };
    },
  });
  return { code, out: out.join('\n'), err: err.join('\n'), bars };
}

/** The distance of the levels that PNG files hold. */
async function expected(): Promise<number> {
  const levels = async (set: Dataset) => {
    const { x, shape } = await toBatch(set);
    return extractFeatures(digitFeatures(), [{ x: signedToBytes(x), shape }]);
  };
  return frechetDistance(await levels(real), await levels(generated));
}

const digit = ['--features', 'digits'];

describe('diptych-eval fid', () => {
  it('gives the distance of folders, zips and arrays, in one line or as JSON', async () => {
    const value = await expected();
    const a = await asFolder(generated, 'generated');
    const b = join(folder, 'real.zip');
    await writeFile(b, zipSync(Object.fromEntries(await pngs(real))));
    const c = join(folder, 'real.npz');
    const { x, shape } = await toBatch(real);
    await writeFile(c, writeNpz({ arr_0: { shape: [...shape], data: signedToBytes(x) } }));

    const plain = await run('fid', a, b, ...digit);
    expect(plain).toMatchObject({ code: 0, bars: [120, 80] });
    expect(plain.out).toMatch(/^FD-digits \d.* \(80 against 120 images, 64 dims, reference [0-9a-f]{16}\)$/);
    expect(plain.err).toContain('warning: 80 images for 64 dims');

    for (const reference of [b, c]) {
      const { code, out } = await run('fid', a, reference, ...digit, '--json', '--infinity');
      expect(code).toBe(0);
      const json = JSON.parse(out) as {
        figures: { name: string; value: number }[];
        counts: object;
        skipped: unknown[];
      };
      expect(json.figures.map(({ name }) => name)).toEqual(['FD-digits', 'FD-infinity-digits']);
      expect(json.figures[0].value).toBeCloseTo(value, 8);
      expect(json).toMatchObject({ counts: { real: 120, generated: 80 }, skipped: [], network: 'digits' });
    }
  });

  it('takes statistics that stats wrote for a reference', async () => {
    const [a, b] = [await asFolder(generated, 'generated'), await asFolder(real, 'real')];
    const out = join(folder, 'real.npz');
    const written = await run('stats', b, out, ...digit);
    expect(written.out).toBe(`${out}: 120 images, 64 dims, digits`);
    expect(momentsFromNpz(await readFile(out)).count).toBe(120);
    const { out: text } = await run('fid', a, out, ...digit, '--json');
    expect((JSON.parse(text) as { figures: { value: number }[] }).figures[0].value).toBeCloseTo(await expected(), 6);
    const kid = await run('kid', a, out, ...digit);
    expect(kid).toMatchObject({ code: 1, out: '' });
    expect(kid.err).toMatch(/what is known of real has no rows of features/);
  });

  it('names a damaged image among many and ends with 1; with --skip-bad it goes on and counts', async () => {
    const [a, b] = [await asFolder(generated, 'generated'), await asFolder(real, 'real')];
    await writeFile(join(a, '0017-broken.png'), (await pngs(generated))[0][1].subarray(0, 60));
    await writeFile(join(a, 'notes.txt'), 'hello');
    const failed = await run('fid', a, b, ...digit);
    expect(failed).toMatchObject({ code: 1, out: '' });
    expect(failed.err).toMatch(/^error: .*0017-broken.png is not a whole PNG file/);
    const { code, out, err } = await run('fid', a, b, ...digit, '--skip-bad');
    expect(code).toBe(0);
    expect(out).toContain('80 against 120 images');
    expect(err).toMatch(
      /skipped: .*0017-broken.png[^]*skipped: .*notes.txt must be a file ending in .png[^]*2 bad files skipped/,
    );
  });

  it('refuses an empty folder, a folder of bad images, a path with nothing, and one image', async () => {
    const b = await asFolder(real, 'real');
    const empty = join(folder, 'empty');
    await mkdir(empty);
    expect(await run('fid', empty, b, ...digit)).toMatchObject({ code: 1 });
    expect((await run('fid', empty, b, ...digit)).err).toMatch(/empty is a folder without images/);
    await writeFile(join(empty, 'a.png'), 'no image');
    expect((await run('fid', empty, b, ...digit, '--skip-bad')).err).toMatch(/no sound image: 1 files, all bad/);
    expect((await run('fid', join(folder, 'none'), b, ...digit)).err).toMatch(
      /none must be a folder, a .zip or a .npz file, got "ENOENT"/,
    );
    expect((await run('fid', await asFolder(subset(test, { to: 1 }), 'one'), b, ...digit)).err).toMatch(
      /at least 2 images, and generated are 1/,
    );
  });
});

describe('diptych-eval', () => {
  it('measures by kid, prdc and pixels', async () => {
    const [a, b] = [await asFolder(generated, 'generated'), await asFolder(real, 'real')];
    expect((await run('kid', a, b, ...digit, '--subsets', '3', '--subset-size', '40')).out).toMatch(/^KD-digits .* ± /);
    const { out } = await run('prdc', a, b, ...digit, '-k', '5');
    expect(out.split('\n').map((line) => line.split(' ')[0])).toEqual(['precision', 'recall', 'density', 'coverage']);
    expect((await run('fid', a, b, '--features', 'pixels')).out).toMatch(/^FD-pixels-16x16 /);
  });

  it('says where to get weights that are not there, and fetches nothing unasked', async () => {
    const [a, b] = [await asFolder(generated, 'generated'), await asFolder(real, 'real')];
    const { code, err } = await run('fid', a, b, '--weights', join(folder, 'none.pth'));
    expect(code).toBe(1);
    expect(err).toMatch(/none.pth must be the weights pt_inception-2015-12-05-6726825d.pth \(95.6 MB\)/);
    expect(err).toMatch(/--download, or from https:.*say --weights/);
    await writeFile(join(folder, 'other.pth'), 'text');
    expect((await run('fid', a, b, '--weights', join(folder, 'other.pth'))).err).toMatch(
      /other.pth has the SHA-256 [0-9a-f]{64}, not 6726825d/,
    );
  });

  it('helps, and ends with 2 where the arguments make no sense', async () => {
    const help = await run('fid', '--help');
    expect(help.code).toBe(0);
    for (const word of ['<images>', '<reference>', '--protocol', 'legacy-tensorflow', '--skip-bad', '--json']) {
      expect(help.out).toContain(word);
    }
    for (const args of [
      ['fid'],
      ['none'],
      ['fid', 'a', 'b', '--protocol', 'fast'],
      ['kid', 'a', 'b', '--subsets', '0'],
    ]) {
      expect(await run(...args), args.join(' ')).toMatchObject({ code: 2, out: '' });
    }
  });
});
