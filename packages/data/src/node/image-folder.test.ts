import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { foldIn, key } from '@diptych/core';
import { integers } from '@diptych/core/random';
import { fixtures } from '@diptych/test-utils/fixtures';
import { changedChunks, changedSegments } from '@diptych/test-utils/fuzz';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toBatch } from '../dataset/to-batch.ts';
import type { Raster } from '../images/raster.ts';
import { decodeImage } from '../images/decode/decode-image.ts';
import { imageFolder } from './image-folder.ts';
import { savePng } from './save-files.ts';

// Grey, 7x5, by Pillow.
const grey =
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAYEBQYFBAYGBQYHBwYIChAKCgkJChQODwwQFxQYGBcUFhYaHSUfGhsjHBYWICwgIyYnKSopGR8tMC0oMCUoKSj/wAALCAAFAAcBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/AK37M/8Ax5x/9c/6V//Z';
// 7x5, by Pillow.
const webp = 'UklGRiwAAABXRUJQVlA4TCAAAAAvBgABAM1lRP8DCtlIgjCWYH3Wn+e7MxjYgYoJ0MSCFw==';
let folder = '';
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'diptych-'))));
afterEach(async () => rm(folder, { recursive: true }));

const flat = (level: number, channels: Raster['channels'] = 3, width = 2): Raster => ({
  data: new Uint8ClampedArray(2 * width * channels).fill(level),
  width,
  height: 2,
  channels,
});

describe('imageFolder', () => {
  it('takes folders for classes, in the order of their names, and the images as bytes', async () => {
    await savePng(join(folder, 'dog/2.png'), flat(20));
    await savePng(join(folder, 'dog/1.png'), flat(10));
    await savePng(join(folder, 'Cat/1.PNG'), flat(30));
    await mkdir(join(folder, '__MACOSX'));
    for (const left of ['dog/.hidden', 'dog/._1.png', '.DS_Store', 'Thumbs.db', '__MACOSX/1.png']) {
      await writeFile(join(folder, left), '');
    }
    const data = await imageFolder(folder, { name: 'pets' });
    expect([data.name, data.length, data.classes, data.shape]).toEqual(['pets', 3, ['Cat', 'dog'], [2, 2, 3]]);
    const { x, label } = await toBatch(data);
    expect([0, 12, 24].map((at) => x[at])).toEqual([30, 10, 20]);
    expect(Array.from(label!)).toEqual([0, 1, 1]);
    expect(Array.from((await data.batch([2, 0])).x.filter((_, i) => i % 12 === 0))).toEqual([20, 30]);
  });

  it('takes images without folders for a set without labels', async () => {
    await savePng(join(folder, 'a.png'), flat(1, 1));
    const data = await imageFolder(folder);
    expect([data.shape, data.classes, (await toBatch(data)).label]).toEqual([[2, 2, 1], undefined, undefined]);
  });

  it('decodes other endings with what it is given', async () => {
    await writeFile(join(folder, 'a.raw'), new Uint8Array([7]));
    const data = await imageFolder(folder, { decoders: { '.raw': (bytes) => flat(bytes[0]) } });
    expect((await data.batch([0])).x[0]).toBe(7);
  });

  it('drops alpha, and names the file that is of another size, is damaged, or ends otherwise', async () => {
    await savePng(join(folder, 'a.png'), flat(1));
    await savePng(join(folder, 'b.png'), flat(1, 3, 4));
    await savePng(join(folder, 'c.png'), flat(1, 4));
    await writeFile(join(folder, 'd.png'), 'no image');
    const data = await imageFolder(folder);
    await expect(data.batch([0, 1])).rejects.toThrow(/b.png is of shape \[2,4,3\], but the first image of \[2,2,3\]/);
    expect(Array.from((await data.batch([2])).x)).toEqual(new Array(12).fill(1));
    await expect(data.batch([3])).rejects.toThrow(/d.png is not a whole PNG file/);
    await expect(data.batch([4])).rejects.toThrow(/in 0 .. 3/);
    await writeFile(join(folder, 'e.txt'), '');
    await expect(imageFolder(folder)).rejects.toThrow(/e.txt does not end in .png/);
  });

  it('refuses an empty folder, an empty class, and classes beside images', async () => {
    await expect(imageFolder(folder)).rejects.toThrow(/holds no images/);
    await mkdir(join(folder, 'empty'));
    await expect(imageFolder(folder)).rejects.toThrow(/empty holds no images/);
    await savePng(join(folder, 'a.png'), flat(1));
    await expect(imageFolder(folder)).rejects.toThrow(/holds class folders and images beside them/);
    await expect(imageFolder(join(folder, 'none'))).rejects.toThrow(/the folder .*none cannot be read \(ENOENT\)/);
  });

  it('names the corrupt JPEG among many, or goes on without it and counts', async () => {
    const good = Buffer.from(grey, 'base64');
    for (let i = 0; i < 300; i++) await writeFile(join(folder, `${1000 + i}.jpg`), good);
    await writeFile(join(folder, '1000.jpg'), 'no image');
    await writeFile(join(folder, '1234.jpg'), good.subarray(0, 200));
    await expect(imageFolder(folder)).rejects.toThrow(/1000.jpg is not a JPEG file/);
    const data = await imageFolder(folder, { skipBad: true });
    expect([data.length, data.files.length]).toEqual([298, 298]);
    expect(data.skipped.map(({ file }) => file)).toEqual([join(folder, '1000.jpg'), join(folder, '1234.jpg')]);
    expect(data.skipped[1].reason).toMatch(/1234.jpg is not a whole JPEG file/);
    await writeFile(join(folder, '1000.jpg'), good);
    const named = await imageFolder(folder);
    await expect(toBatch(named)).rejects.toThrow(/1234.jpg is not a whole JPEG file/);
  });

  it('does not take a class whose images are all bad for one that is there', async () => {
    await savePng(join(folder, 'a/1.png'), flat(1));
    await mkdir(join(folder, 'b'));
    await writeFile(join(folder, 'b/1.png'), 'no image');
    const open = imageFolder(folder, { skipBad: true, name: 'pets' });
    await expect(open).rejects.toThrow(/class "b" of pets is left without an image/);
    await rm(join(folder, 'a'), { recursive: true });
    await expect(imageFolder(folder, { skipBad: true })).rejects.toThrow(/has no image that can be read, but 1 bad/);
  });

  it('reads what a file is, not what it is called, and counts what it cannot read', async () => {
    await savePng(join(folder, '1.JPEG'), flat(5));
    await writeFile(join(folder, '2.png'), Buffer.from(webp, 'base64'));
    await savePng(join(folder, '3.webp'), flat(7, 4, 2));
    const data = await imageFolder(folder);
    expect(Array.from((await data.batch([0, 2])).x.filter((_, i) => i % 12 === 0))).toEqual([5, 7]);
    await expect(data.batch([1])).rejects.toThrow(/2.png is of shape \[5,7,3\], but the first image of \[2,2,3\]/);
    for (const [file, start] of Object.entries({ 'a.png': 'GIF89a', 'b.jpg': 'BM      ', 'c.png': 'II*\0    ' })) {
      await writeFile(join(folder, file), start);
    }
    await writeFile(join(folder, 'd.gif'), 'GIF89a');
    await writeFile(join(folder, 'Thumbs.db'), '');
    const { length, skipped } = await imageFolder(folder, { skipBad: true });
    expect(length).toBe(2);
    expect(skipped.map(({ file, reason }) => [file.slice(folder.length + 1), reason.includes(file)])).toEqual(
      ['2.png', 'a.png', 'b.jpg', 'c.png', 'd.gif'].map((file) => [file, true]),
    );
    expect(skipped[1].reason).toMatch(/but a GIF file/);
    expect(skipped[3].reason).toMatch(/but a TIFF file/);
  });

  it('brings grey images among RGB ones to RGB, and all to what is asked for', async () => {
    await savePng(join(folder, 'a.png'), {
      ...flat(0),
      data: Uint8ClampedArray.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9]),
    });
    await savePng(join(folder, 'b.png'), flat(7, 1));
    await savePng(join(folder, 'c.png'), { ...flat(0, 2), data: Uint8ClampedArray.of(8, 0, 8, 9, 8, 255, 8, 1) });
    const data = await imageFolder(folder);
    expect(data.shape).toEqual([2, 2, 3]);
    expect(Array.from((await data.batch([1, 2])).x)).toEqual([...new Array(12).fill(7), ...new Array(12).fill(8)]);
    // Pillow 13.0.0: convert('L') of red, green, blue.
    const grey = await imageFolder(folder, { channels: 1 });
    expect(Array.from((await grey.batch([0, 1])).x)).toEqual([76, 150, 29, 9, 7, 7, 7, 7]);
    await rm(join(folder, 'a.png'));
    await savePng(join(folder, 'z.png'), flat(1));
    const first = await imageFolder(folder);
    expect(first.shape).toEqual([2, 2, 1]);
    await expect(first.batch([2])).rejects.toThrow(
      /z.png is of shape \[2,2,3\], but .* of \[2,2,1\] \(channels: 3 makes all of them RGB\)/,
    );
    expect((await imageFolder(folder, { channels: 3 })).shape).toEqual([2, 2, 3]);
    await expect(imageFolder(folder, { channels: 2 as 1 })).rejects.toThrow(/channels must be one of 1, 3, got 2/);
  });

  it('follows orientation only if it is asked to, and bounds the pixels of an image', async () => {
    const { cases } = fixtures('images').find(({ file }) => file === 'orientation')!;
    for (const { file, format, orientation } of cases) {
      if (orientation === 6) await writeFile(join(folder, `${format}.png`), Buffer.from(file as string, 'base64'));
    }
    expect((await imageFolder(folder)).shape).toEqual([5, 7, 3]);
    const upright = await imageFolder(folder, { exifTranspose: true });
    expect(upright.shape).toEqual([7, 5, 3]);
    expect((await upright.batch([0, 1, 2])).shape).toEqual([3, 7, 5, 3]);
    await expect(imageFolder(folder, { maxPixels: 34 })).rejects.toThrow(
      /JPEG.png has 7x5 pixels, more than 34 \(maxPixels\)/,
    );
  });

  it('counts what a decoder throws, whatever it is, and passes on what the file system says', async () => {
    await writeFile(join(folder, 'a.raw'), new Uint8Array([7]));
    await writeFile(join(folder, 'b.raw'), new Uint8Array([0]));
    const decode = (bytes: Uint8Array) => {
      if (bytes[0] === 0) throw new RangeError('offset is out of bounds');
      return flat(bytes[0]);
    };
    const { length, skipped } = await imageFolder(folder, { decoders: { '.raw': decode }, skipBad: true });
    expect(length).toBe(1);
    expect(skipped[0].reason).toMatch(/b.raw cannot be decoded: offset is out of bounds/);
    await symlink('nowhere', join(folder, 'c.raw'));
    await expect(imageFolder(folder, { decoders: { '.raw': decode }, skipBad: true })).rejects.toThrow(/ENOENT/);
  });

  it('skips files of other kinds when it is told to, and names them', async () => {
    await savePng(join(folder, 'a/1.png'), flat(1));
    await writeFile(join(folder, 'a/notes.txt'), 'no image');
    await expect(imageFolder(folder)).rejects.toThrow(/notes.txt does not end in .png/);
    const data = await imageFolder(folder, { skipBad: true });
    expect([data.length, data.skipped.map(({ file }) => file)]).toEqual([1, [join(folder, 'a/notes.txt')]]);
  });

  it('goes on past damaged files of every kind, and refuses each of them as a file', async () => {
    const golden = fixtures('images').flatMap(({ cases }) =>
      cases.map(({ file }) => Buffer.from(file as string, 'base64')),
    );
    await writeFile(join(folder, '0.png'), golden[0]);
    for (let i = 0; i < 300; i++) {
      const whole = new Uint8Array(golden[i % golden.length]);
      const draws = Array.from(integers(foldIn(key(4), i), 6, 2 ** 31));
      const damaged = (whole[0] === 0x89 ? changedChunks : changedSegments)(whole, draws);
      await writeFile(join(folder, `a${i}.png`), i % 7 ? damaged : damaged.subarray(0, damaged.length - 9));
    }
    const data = await imageFolder(folder, { skipBad: true, channels: 3 });
    expect(data.skipped.length).toBeGreaterThan(100);
    expect(data.length + data.skipped.length).toBe(301);
    for (const { file } of data.skipped.slice(0, 60)) {
      const bytes = await readFile(file);
      const refusal = await decodeImage(bytes).then(
        ({ width, height }) => {
          expect([height, width], file).not.toEqual(data.shape.slice(0, 2));
        },
        (error: Error) => error,
      );
      if (refusal) expect(refusal, file).toMatchObject({ name: 'FormatError' });
    }
  });
});
