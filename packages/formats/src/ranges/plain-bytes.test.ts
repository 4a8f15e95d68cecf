import { gzipSync } from 'node:zlib';
import { checkpointOf, holders } from '@diptych/test-utils/formats';
import { describe, expect, it } from 'vitest';
import * as formats from '../index.ts';
import type { FileBytes } from './plain-bytes.ts';

const { writeNpy, writeNpz, writeSafetensors } = formats;
const numbers = Float32Array.of(1.5, -2, 3);
const tensor = { shape: [3], dtype: 'float32', data: numbers } as const;

/** A tar archive of one file. */
function tarOf(name: string, contents: Uint8Array): Uint8Array {
  const block = new Uint8Array(512);
  const put = (at: number, text: string) => block.set(new TextEncoder().encode(text), at);
  put(0, name);
  put(124, contents.length.toString(8).padStart(11, '0'));
  put(148, '        ');
  put(148, `${block.reduce((sum, byte) => sum + byte, 0).toString(8)}\0`);
  const archive = new Uint8Array(512 + Math.ceil(contents.length / 512) * 512);
  archive.set(block);
  archive.set(contents, 512);
  return archive;
}

const contents = Uint8Array.of(1, 2, 255);
const npyFile = { shape: [3], dtype: 'float32', data: numbers };
/** Every reader: a file, how it is read, and what comes out; `view` says that the result lies in the bytes. */
const readers: [string, Uint8Array, (bytes: FileBytes) => unknown, unknown, { view?: boolean }?][] = [
  ['readNpy', writeNpy({ shape: [3], data: numbers }), formats.readNpy, npyFile],
  ['readNpz', writeNpz({ x: { shape: [3], data: numbers } }), formats.readNpz, { x: npyFile }],
  [
    'readSafetensors',
    writeSafetensors({ x: tensor }),
    formats.readSafetensors,
    { tensors: { x: tensor }, metadata: {} },
  ],
  ['readPyTorch', checkpointOf(numbers), formats.readPyTorch, { tensors: { '0': tensor }, values: {} }],
  ['readIdx', Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, ...contents), formats.readIdx, { shape: [3], data: contents }],
  [
    'readIdx of floats',
    Uint8Array.of(0, 0, 13, 1, 0, 0, 0, 1, 63, 192, 0, 0),
    formats.readIdx,
    { shape: [1], data: Float32Array.of(1.5) },
  ],
  [
    'unzip',
    writeNpz({ x: { shape: [3], data: contents } }),
    (bytes) => formats.unzip(bytes).get('x.npy'),
    writeNpy({ shape: [3], data: contents }),
  ],
  ['untar', tarOf('a', contents), (bytes) => formats.untar(bytes).get('a'), contents, { view: true }],
  ['gunzip', new Uint8Array(gzipSync(contents)), (bytes) => formats.gunzip(bytes), contents],
];

describe.each(readers)('%s', (_, file, read, expected, { view = false } = {}) => {
  it.each(holders)('reads %s, and what it gives is its own', async (_, hold) => {
    const { bytes, wipe } = hold(file);
    const result = read(bytes);
    const copy = view ? new Uint8Array(result as Uint8Array) : result;
    if (result instanceof Promise) await result;
    wipe();
    expect(await copy).toEqual(expected);
  });

  it('refuses what is no bytes', async () => {
    const parameter = /bytes must be a Uint8Array or an ArrayBuffer, got /;
    for (const wrong of ['a.npy', undefined, null, 3, [1, 2]]) {
      await expect((async () => read(wrong as never))()).rejects.toThrow(parameter);
    }
  });
});

describe('writers', () => {
  it.each(holders.filter(([name]) => !/ArrayBuffer|DataView/.test(name)))('write the numbers of %s', (_, hold) => {
    const { bytes, wipe } = hold(contents);
    const npy = writeNpy({ shape: [3], data: bytes as Uint8Array });
    const safe = writeSafetensors({ x: { shape: [3], dtype: 'uint8', data: bytes as Uint8Array } });
    wipe();
    expect(formats.readNpy(npy).data).toEqual(contents);
    expect(formats.readSafetensors(safe).tensors.x.data).toEqual(contents);
  });
});
