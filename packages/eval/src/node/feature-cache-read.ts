import { createHash } from 'node:crypto';
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { check, DiptychError, FormatError } from '@diptych/formats/errors';
import type { FeatureRows } from '../features/feature-rows.ts';
import type { FeatureSource } from '../features/feature-source.ts';
import type { StoredPass } from '../features/feature-store.ts';
import type { Manifest, StoredFile } from './feature-cache-write.ts';

/** Bytes that may still be taken into memory, and how many are read at once of what may not. */
export interface MemoryBudget {
  left: number;
  chunkBytes: number;
}

/** Opens a pass; throws if a file is missing, shorter than it was, or not what was written. */
export async function readPass(entry: string, budget: MemoryBudget): Promise<StoredPass> {
  const manifest = JSON.parse(await readFile(join(entry, 'manifest.json'), 'utf8')) as Manifest;
  for (const file of [manifest.labels, ...manifest.taps]) await verify(entry, file);
  for (const { name, dtype, bytes, dims } of manifest.taps) {
    const size = manifest.count * dims * (dtype === 'float32' ? 4 : 8);
    if (bytes !== size)
      throw new FormatError(
        'featureCache',
        `the manifest of ${entry} gives tap ${name} ${bytes} bytes instead of ${size}`,
      );
  }
  check(
    manifest.labels.bytes === 4 * manifest.count,
    'featureCache',
    `labels of ${entry}`,
    `${manifest.count} numbers`,
    manifest.labels.bytes,
  );
  const labels = new Int32Array(manifest.count);
  readInto(join(entry, manifest.labels.file), labels);
  return {
    taps: manifest.taps.map(({ name }) => name),
    labels,
    tap(name) {
      const tap = manifest.taps.find((one) => one.name === name);
      if (!tap) throw new DiptychError({ where: 'featureCache', parameter: 'tap', rule: 'a stored tap', value: name });
      // A probe makes a standardized copy in doubles of what is in memory.
      const need = tap.bytes + 8 * manifest.count * tap.dims;
      if (need > budget.left) return { features: onDisk(entry, tap, manifest.count, budget.chunkBytes), release() {} };
      budget.left -= need;
      const rows = allocate(tap.dtype, manifest.count * tap.dims);
      readInto(join(entry, tap.file), rows);
      let held = true;
      return {
        features: { rows, dims: tap.dims },
        release() {
          if (held) budget.left += need;
          held = false;
        },
      };
    },
  };
}

/** Rows that are read from a file, chunk after chunk, at every pass over them. */
function onDisk(entry: string, tap: Manifest['taps'][number], count: number, chunkBytes: number): FeatureSource {
  const { dims } = tap;
  const rowBytes = tap.bytes / count;
  const rowsAtOnce = Math.min(count, Math.max(1, Math.floor(chunkBytes / rowBytes)));
  return {
    count,
    dims,
    *chunks(): Generator<FeatureRows, void, void> {
      const buffer = allocate(tap.dtype, rowsAtOnce * dims);
      const file = openSync(join(entry, tap.file), 'r');
      try {
        for (let first = 0; first < count; first += rowsAtOnce) {
          const rows = buffer.subarray(0, Math.min(rowsAtOnce, count - first) * dims);
          fill(file, rows, first * rowBytes, tap.file);
          yield { rows, dims };
        }
      } finally {
        closeSync(file);
      }
    },
  };
}

async function verify(entry: string, { file, bytes, sha256 }: StoredFile): Promise<void> {
  const path = join(entry, file);
  const { size } = await stat(path);
  if (size !== bytes) throw new FormatError('featureCache', `${path} has ${size} bytes instead of ${bytes}`);
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(chunk as Uint8Array);
  const found = hash.digest('hex');
  if (found !== sha256) throw new FormatError('featureCache', `${path} has the SHA-256 ${found}, not ${sha256}`);
}

function allocate(dtype: StoredFile['dtype'], length: number): FeatureRows['rows'] {
  return dtype === 'float32' ? new Float32Array(length) : new Float64Array(length);
}

function readInto(path: string, values: ArrayBufferView): void {
  const file = openSync(path, 'r');
  try {
    fill(file, values, 0, path);
  } finally {
    closeSync(file);
  }
}

/** Reads until the array is full: one call may return less, and at most 2 GiB. */
function fill(file: number, values: ArrayBufferView, position: number, name: string): void {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  for (let at = 0; at < bytes.length;) {
    const length = Math.min(bytes.length - at, 2 ** 30);
    const read = readSync(file, bytes, at, length, position + at);
    if (read === 0) throw new FormatError('featureCache', `${name} ends after ${position + at} bytes`);
    at += read;
  }
}
