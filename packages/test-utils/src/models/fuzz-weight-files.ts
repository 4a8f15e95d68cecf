import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { foldIn, key } from '@diptych/core';
import {
  readableEntries,
  openSafetensors,
  readPyTorch,
  readSafetensors,
  writeSafetensors,
  type HostTensors,
} from '@diptych/formats';
import { DiptychError } from '@diptych/formats/errors';
import { fixturesFolder } from '../fixtures/index.ts';
import { mutated } from './mutated.ts';

/** What became of the damaged files of one kind. */
export interface FuzzRow {
  file: string;
  /** Damage that the reader could not see, or that the format allows. */
  read: number;
  /** Refused with a DiptychError. */
  refused: number;
  /** Time of the slowest reading in ms. */
  slowest: number;
}

/** Options of `fuzzWeightFiles`. */
export interface FuzzOptions {
  /** Damaged files in all. */
  rounds: number;
  seed?: number;
  /** Files of PyTorch: the copies in this repository, unless others are given. */
  folder?: string;
  /** Called after each round. */
  onRound?: (round: number) => void;
}

/** Views of one storage may repeat it, up to this many bytes beyond the file. */
const allowance = 2 ** 28;
/** No damaged file may take longer than this many ms, whatever it says. */
const patience = 5000;

/**
 * Damages valid weight files in every way that `mutated` knows, and reads them: safetensors whole and by ranges, `.pt` and `.pth` as
 * zip and legacy files. Whatever comes out must be a DiptychError, or tensors of as many elements as their shapes say, each in
 * memory of its own and together within the bound.
 *
 * @throws Error on anything else: a crash, a view out of bounds, too much time or memory. It names the round, to be repeated.
 */
export async function fuzzWeightFiles({ rounds, seed = 0, folder, onRound }: FuzzOptions): Promise<FuzzRow[]> {
  const subjects = subjectsIn(folder ?? join(fixturesFolder('models'), 'pth'));
  const rows = subjects.map(({ file }) => ({ file, read: 0, refused: 0, slowest: 0 }));
  for (let round = 0; round < rounds; round++) {
    const which = round % subjects.length;
    const bytes = mutated(subjects[which].bytes, foldIn(key(seed), round));
    const start = performance.now();
    let tensors: HostTensors | undefined;
    try {
      tensors = await subjects[which].read(bytes);
    } catch (error) {
      if (!DiptychError.isInstance(error))
        throw new Error(`round ${round} of ${subjects[which].file}`, { cause: error });
    }
    const took = performance.now() - start;
    const fault = tensors ? faultIn(tensors, bytes.length) : undefined;
    if (fault || took > patience)
      throw new Error(`round ${round} of ${subjects[which].file}: ${fault ?? `${took} ms`}`);
    rows[which][tensors ? 'read' : 'refused']++;
    rows[which].slowest = Math.max(rows[which].slowest, took);
    onRound?.(round);
  }
  return rows;
}

interface Subject {
  file: string;
  bytes: Uint8Array;
  read(bytes: Uint8Array): HostTensors | Promise<HostTensors>;
}

/** Those of a type that is read; the others are refused one by one, when they are asked for. */
const readable = (tensors: HostTensors): HostTensors => Object.fromEntries(readableEntries(tensors));

function subjectsIn(folder: string): Subject[] {
  const names = readdirSync(folder).filter((name) => /\.pth?$/.test(name));
  const pytorch = names.map((file): Subject => {
    const bytes = new Uint8Array(readFileSync(join(folder, file)));
    return { file, bytes, read: (damaged) => readable(readPyTorch(damaged).tensors) };
  });
  const bytes = writeSafetensors(everyType, { format: 'pt', note: 'two\nlines' });
  return [
    ...pytorch,
    { file: 'safetensors', bytes, read: (damaged) => readable(readSafetensors(damaged).tensors) },
    {
      file: 'safetensors by ranges',
      bytes,
      read: async (damaged) => {
        const readRange = async (start: number, end: number) => damaged.subarray(start, end);
        return readable(await (await openSafetensors({ size: damaged.length, readRange })).read());
      },
    },
  ];
}

/** What is wrong with tensors that came out of a damaged file; nothing, if they are in bounds. */
function faultIn(tensors: HostTensors, size: number): string | undefined {
  let total = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    total += data.byteLength;
    if (data.length !== shape.reduce((product, n) => product * n, 1)) return `${name} has another size than its shape`;
    if (data.byteLength !== data.buffer.byteLength) return `${name} is a view of something larger`;
  }
  // Floats of one byte become four.
  return total > 4 * size + allowance ? `${total} bytes of tensors` : undefined;
}

const everyType: HostTensors = {
  'block.0.weight': { shape: [2, 3], dtype: 'float32', data: Float32Array.of(1, 2, 3, 4, 5, -0) },
  'block.0.bias': { shape: [2], dtype: 'float64', data: Float64Array.of(Math.PI, -1e300) },
  steps: { shape: [], dtype: 'int64', data: BigInt64Array.of(-(2n ** 60n)) },
  large: { shape: [2], dtype: 'uint64', data: BigUint64Array.of(2n ** 63n, 1n) },
  words: { shape: [1], dtype: 'uint32', data: Uint32Array.of(4e9) },
  index: { shape: [3], dtype: 'int16', data: Int16Array.of(-1, 0, 1) },
  mask: { shape: [2, 2], dtype: 'bool', data: Uint8Array.of(1, 0, 0, 1) },
  pixels: { shape: [16, 4], dtype: 'uint8', data: Uint8Array.from({ length: 64 }, (_, i) => 4 * i) },
  empty: { shape: [0, 4], dtype: 'float32', data: new Float32Array(0) },
};
