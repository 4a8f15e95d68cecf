import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { toBatch } from '../dataset/to-batch.ts';
import { encodePng } from '../images/encode-png.ts';
import { zipDataset } from './zip-dataset.ts';

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

describe('zipDataset', () => {
  const png = (level: number, width = 2) =>
    encodePng({ data: new Uint8ClampedArray(width * 2).fill(level), width, height: 2, channels: 1 });

  it('reads images in the order of their names, with the labels of dataset.json', async () => {
    const labels = [
      ['1/b.png', 2],
      ['0/a.png', 0],
    ];
    const data = await zipDataset(zipSync({ '1/b.png': png(9), '0/a.png': png(5), 'dataset.json': json({ labels }) }), {
      name: 'z',
      classes: ['0', '1', '2'],
    });
    const { x, label } = await toBatch(data);
    expect([data.length, data.shape, data.classes]).toEqual([2, [2, 2, 1], ['0', '1', '2']]);
    expect([x[0], x[4]]).toEqual([5, 9]);
    expect(Array.from(label!)).toEqual([0, 2]);
  });

  it('takes labels of null, and no dataset.json, for none', async () => {
    expect(
      (await toBatch(await zipDataset(zipSync({ 'a.png': png(1), 'dataset.json': json({ labels: null }) })))).label,
    ).toBeUndefined();
    expect((await zipDataset(zipSync({ 'a.png': png(1) }))).classes).toBeUndefined();
  });

  it('refuses images without a label, of another size, damaged, or none at all', async () => {
    const of = (files: Record<string, Uint8Array>) => zipDataset(zipSync(files), { name: 'z.zip' });
    const label = json({ labels: [['b.png', 1]] });
    await expect(of({ 'a.png': png(1), 'dataset.json': label })).rejects.toThrow(
      /dataset.json in z.zip has no label of "a.png"/,
    );
    const three = json({ labels: 3 });
    await expect(of({ 'a.png': png(1), 'dataset.json': three })).rejects.toThrow(
      /dataset.json in z.zip has labels that are no list/,
    );
    const text = new Uint8Array([1]);
    await expect(of({ 'a.png': png(1), 'dataset.json': text })).rejects.toThrow(/dataset.json in z.zip is not JSON/);
    await expect(of({ 'a.txt': png(1) })).rejects.toThrow(/z.zip\/a.txt does not end in .png/);
    await expect(of({ 'dataset.json': json({}) })).rejects.toThrow(/z.zip holds no images/);
    const mixed = await of({ 'a.png': png(1), 'b.png': png(1, 3), 'c.png': new Uint8Array(9) });
    await expect(mixed.batch([0, 1])).rejects.toThrow(
      /z.zip\/b.png is of shape \[2,3,1\], but the first image of \[2,2,1\]/,
    );
    await expect(mixed.batch([2])).rejects.toThrow(/z.zip\/c.png is not a whole PNG/);
  });

  it('refuses labels of any other kind, and more classes than images unless they are named', async () => {
    const of = (labels: unknown, classes?: string[]) =>
      zipDataset(zipSync({ 'a.png': png(1), 'b.png': png(2), 'dataset.json': json({ labels }) }), {
        name: 'z',
        classes,
      });
    for (const pair of [5, null, 'ab', ['a.png'], [1, 2], { a: 1 }]) {
      await expect(of([['a.png', 0], pair])).rejects.toThrow(
        /^zipDataset: dataset\.json in z has the label .* no \[file, class\]/,
      );
    }
    const labels = (value: unknown) => [
      ['a.png', 0],
      ['b.png', value],
    ];
    for (const value of ['1', 0.5, -1, null, 2 ** 31]) {
      await expect(of(labels(value))).rejects.toThrow(/label of b\.png in z must be an integer in 0 .. 2147483647/);
    }
    await expect(of(labels(2e9))).rejects.toThrow(/label of b\.png in z must be below 2, the number of images/);
    expect((await of(labels(2), ['x', 'y', 'z'])).classes).toEqual(['x', 'y', 'z']);
    await expect(of(labels(3), ['x', 'y', 'z'])).rejects.toThrow(/label of b\.png in z must be an integer in 0 .. 2/);
  });

  it('leaves out what it cannot use, if it is told to, and says what', async () => {
    const files = { 'a.png': new Uint8Array(9), 'b.png': png(1), 'c.png': png(1, 3), 'd.png': png(7) };
    const data = await zipDataset(zipSync(files), { name: 'z', skipBad: true });
    expect([data.length, data.files]).toEqual([2, ['z/b.png', 'z/d.png']]);
    expect(data.skipped.map(({ file }) => file)).toEqual(['z/a.png', 'z/c.png']);
    expect(data.skipped[1].reason).toMatch(/is of shape \[2,3,1\], but the first image of \[2,2,1\]/);
    expect((await toBatch(data)).x.at(-1)).toBe(7);
  });

  it('passes over what macOS and Windows leave in archives, in any folder', async () => {
    const junk = new Uint8Array(9);
    const left = {
      '__MACOSX/a.png': junk,
      '__MACOSX/c/._a.png': junk,
      '.DS_Store': junk,
      'c/._b.png': junk,
      'c/Thumbs.db': junk,
    };
    for (const skipBad of [false, true]) {
      const data = await zipDataset(zipSync({ ...left, 'c/a.png': png(3), 'c/b.png': png(4) }), { name: 'z', skipBad });
      expect(data.files).toEqual(['z/c/a.png', 'z/c/b.png']);
      expect(data.skipped).toEqual([]);
    }
  });

  it('skips files of other kinds when it is told to, and names them', async () => {
    const files = { 'a.png': png(1), 'notes.txt': new Uint8Array(3) };
    await expect(zipDataset(zipSync(files), { name: 'z' })).rejects.toThrow(/z\/notes.txt does not end in .png/);
    const data = await zipDataset(zipSync(files), { name: 'z', skipBad: true });
    expect(data.files).toEqual(['z/a.png']);
    expect(data.skipped[0]).toMatchObject({
      file: 'z/notes.txt',
      reason: expect.stringMatching(/does not end in .png/),
    });
  });

  it('labels may leave classes out; a class that loses its images is an error', async () => {
    const levels = [0, 1, 2, 9, 10];
    const labels = levels.map((k) => [`${k}.png`, k]);
    const images = Object.fromEntries(levels.map((k) => [`${k}.png`, png(k)]));
    const files = { ...images, 'dataset.json': json({ labels }) };
    const classes = Array.from({ length: 11 }, (_, k) => String(k));
    const data = await zipDataset(zipSync(files), { skipBad: true, classes });
    expect([data.length, data.classes!.length, data.skipped]).toEqual([5, 11, []]);
    expect(Array.from((await toBatch(data)).label!)).toEqual([0, 1, 10, 2, 9]); // in the order of the names
    const bad = zipDataset(zipSync({ ...files, '9.png': new Uint8Array(4) }), { name: 'z', skipBad: true, classes });
    await expect(bad).rejects.toThrow('zipDataset: class "9" of z is left without an image');
  });
});
