import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodePng } from '../images/decode/decode-png.ts';
import type { Raster } from '../images/raster.ts';
import { savePng } from './save-files.ts';

const dot: Raster = { data: new Uint8ClampedArray([1, 2, 3, 255]), width: 1, height: 1, channels: 4 };
let folder = '';

beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'diptych-'))));
afterEach(async () => rm(folder, { recursive: true }));

describe('savePng', () => {
  it('writes the picture, makes the folders on the way and leaves nothing else', async () => {
    await savePng(join(folder, 'a/b/dot.png'), dot);
    expect(decodePng(await readFile(join(folder, 'a/b/dot.png')))).toEqual(dot);
    expect(await readdir(join(folder, 'a/b'))).toEqual(['dot.png']);
  });

  it('leaves an existing file alone when the picture is not sound', async () => {
    await savePng(join(folder, 'dot.png'), dot);
    await expect(savePng(join(folder, 'dot.png'), { ...dot, width: 2 })).rejects.toThrow(/levels/);
    expect(decodePng(await readFile(join(folder, 'dot.png')))).toEqual(dot);
  });

  it('fails, and leaves no part behind, where it may not write', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(savePng(join(folder, 'file/dot.png'), dot)).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['file']);
  });
});
