import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { check, fail } from '@diptych/formats/errors';
import type { PassWriter, StoredPass } from '../features/feature-store.ts';

/** What is known of one file of a pass. */
export interface StoredFile {
  file: string;
  dtype: 'float32' | 'float64' | 'int32';
  bytes: number;
  sha256: string;
}

/** `manifest.json` of a pass. */
export interface Manifest {
  format: unknown;
  identity: unknown;
  count: number;
  labels: StoredFile;
  taps: (StoredFile & { name: string; dims: number })[];
}

interface OpenFile {
  handle: FileHandle;
  hash: Hash;
  file: string;
  dtype: StoredFile['dtype'];
  bytes: number;
}

/** Writes a pass into `partial` as it comes and moves it to `entry` when it is whole, manifest last. */
export function writePass(
  partial: string,
  entry: string,
  head: Pick<Manifest, 'format' | 'identity'>,
  reopen: () => Promise<StoredPass>,
): PassWriter {
  const taps = new Map<string, OpenFile & { dims: number }>();
  let labels: OpenFile | undefined;
  let count = 0;

  const closeAll = async () => {
    for (const { handle } of [...taps.values(), ...(labels ? [labels] : [])]) await handle.close();
  };
  return {
    async add(rows, batch) {
      if (!labels) {
        await mkdir(partial, { recursive: true });
        labels = await create(partial, 'labels.i32', 'int32');
      }
      await append(labels, batch);
      for (const [name, { rows: values, dims }] of Object.entries(rows)) {
        const dtype = values instanceof Float32Array ? 'float32' : 'float64';
        let tap = taps.get(name);
        if (!tap) {
          tap = { ...(await create(partial, `tap-${taps.size}.${dtype === 'float32' ? 'f32' : 'f64'}`, dtype)), dims };
          taps.set(name, tap);
        }
        check(tap.dtype === dtype, 'featureCache', `features of ${name}`, `${tap.dtype} in every batch`, dtype);
        await append(tap, values);
      }
      count += batch.length;
    },
    async finish() {
      if (!labels) fail('featureCache', 'there are no images');
      await closeAll();
      const manifest: Manifest = {
        ...head,
        count,
        labels: stored(labels),
        taps: [...taps].map(([name, tap]) => ({ name, dims: tap.dims, ...stored(tap) })),
      };
      await writeFile(join(partial, 'manifest.json'), JSON.stringify(manifest));
      await rm(entry, { recursive: true, force: true });
      await rename(partial, entry).catch(async (error: NodeJS.ErrnoException) => {
        // Another writer has finished the same pass meanwhile.
        if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
        await rm(partial, { recursive: true, force: true });
      });
      return reopen();
    },
    async abandon() {
      await closeAll();
      await rm(partial, { recursive: true, force: true });
    },
  };
}

async function create(folder: string, file: string, dtype: StoredFile['dtype']): Promise<OpenFile> {
  return { handle: await open(join(folder, file), 'w'), hash: createHash('sha256'), file, dtype, bytes: 0 };
}

async function append(to: OpenFile, values: ArrayBufferView): Promise<void> {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  to.hash.update(bytes);
  await to.handle.writeFile(bytes);
  to.bytes += bytes.length;
}

function stored({ file, dtype, bytes, hash }: OpenFile): StoredFile {
  return { file, dtype, bytes, sha256: hash.digest('hex') };
}
