import { callWithNonsense, soundCall, ownNames } from '@diptych/test-utils/nonsense';
import { gzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import * as formats from './index.ts';
import * as node from './node/index.ts';

/** Not called with nonsense yet: what needs a file, a server or a process, or takes apart what a reader gave. */
const unchecked = [
  'crc32',
  'fileRange',
  'inflateExactly',
  'lockFile',
  'numbersOf',
  'openSafetensorsFile',
  'openShardedSafetensors',
  'partialName',
  'readPyTorch',
  'readableEntries',
  'removeLeftovers',
  'replaceFile',
  'tellErrors',
  'untar',
  'urlFile',
];

const zip = () => zipSync({ 'a.npy': formats.writeNpy(array()) });
const array = () => ({ shape: [2], data: new Uint8Array(2) });
const tensors = () => ({ a: { shape: [2], dtype: 'uint8' as const, data: new Uint8Array(2) } });
const ranged = (bytes: Uint8Array) => ({
  size: bytes.length,
  readRange: async (start: number, end: number) => bytes.slice(start, end),
});
const named = { name: 'mine', maxBytes: 1e6 };

const calls = [
  soundCall('readSafetensors', formats.readSafetensors, () => [formats.writeSafetensors(tensors())]),
  soundCall('writeSafetensors', formats.writeSafetensors, () => [tensors(), { step: '1' }], {
    ...ownNames('0', 'a'),
    ...ownNames('1', 'step'),
  }),
  soundCall(
    'openSafetensors',
    formats.openSafetensors,
    () => [ranged(formats.writeSafetensors(tensors()))],
    ownNames('0', 'size', 'readRange'),
  ),
  soundCall('matchTensors', formats.matchTensors, () => [tensors(), { a: [2] }], {
    ...ownNames('0', 'a'),
    ...ownNames('1', 'a'),
  }),
  soundCall('readNpy', formats.readNpy, () => [formats.writeNpy(array()), { name: 'mine' }]),
  soundCall('writeNpy', formats.writeNpy, () => [array()], ownNames('0', 'shape', 'data')),
  soundCall('readNpz', formats.readNpz, () => [formats.writeNpz({ a: array() }), named]),
  soundCall('writeNpz', formats.writeNpz, () => [{ a: array() }], ownNames('0', 'a')),
  soundCall('unzip', formats.unzip, () => [zip(), named]),
  soundCall('openZip', formats.openZip, () => [ranged(zip()), named], ownNames('0', 'size', 'readRange')),
  soundCall('gunzip', formats.gunzip, () => [gzipSync(new Uint8Array(4)), named]),
  soundCall('readIdx', formats.readIdx, () => [new Uint8Array([0, 0, 8, 1, 0, 0, 0, 1, 7]), { name: 'mine' }]),
  soundCall('parseJson', formats.parseJson, () => ['{"a": 1}', { where: 'mine', name: 'the text' }]),
];

describe('formats', () => {
  it('is called with nonsense in every function but those that are named', () => {
    const exported = [formats, node].flatMap((room) => Object.entries(room));
    const functions = exported.filter(([, value]) => typeof value === 'function').map(([name]) => name);
    const called = new Set(calls.map(({ name }) => name));
    expect(functions.filter((name) => !called.has(name)).sort()).toEqual([...unchecked].sort());
  });

  it('refuses nonsense with errors of its own', async () => {
    const { faults } = await callWithNonsense(calls);
    expect(faults).toEqual([]);
  });
});
