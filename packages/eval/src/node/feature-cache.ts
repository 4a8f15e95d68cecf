import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { endianness } from 'node:os';
import { join } from 'node:path';
import { sequentialBatches } from '@diptych/data';
import type { Dataset } from '@diptych/data';
import { checkOptions, checkRule, rules } from '@diptych/formats/errors';
import type { FeatureStore, PassIdentity } from '../features/feature-store.ts';
import { partialName, removeLeftovers } from '@diptych/formats/node';
import { readPass } from './feature-cache-read.ts';
import { writePass } from './feature-cache-write.ts';

/** How much a cache keeps in memory. */
export interface FeatureCacheOptions {
  /** Bytes of feature rows and of their working copies that may be in memory at one time. Default 1 GiB. */
  memoryBytes?: number;
  /** Bytes that are read at once of rows that do not fit. Default 16 MiB. */
  chunkBytes?: number;
}

/** What decides how the bytes are laid out: another version of the format is another entry. */
const format = { version: 1, endianness: endianness() };

/**
 * Features on disk, for grids whose features outgrow memory and for the next run: one folder per pass of a network over a
 * data set at a noise level, named by the SHA-256 of everything that decides its rows (network, all pixels and labels, noise
 * level, key, batch size). A pass appears when it is whole and has its checksums verified when it is opened; one that is
 * cut short or damaged is named in `warnings` and computed again.
 *
 * **Memory** rows that fit into `memoryBytes` are read as a whole, others in chunks of `chunkBytes`, from disk at every
 * evaluation of the probe's objective.
 *
 * @throws DiptychError if a size is no positive integer.
 * @example
 * const store = featureCache('.features', { memoryBytes: 2 ** 28 });
 * const grid = await linearProbeGrid({ features, splits, sigmas, key: key(0), cache: { store, network: checkpointHash } });
 */
export function featureCache(folder: string, options: FeatureCacheOptions = {}): FeatureStore {
  const { memoryBytes = 2 ** 30, chunkBytes = 2 ** 24 } = checkOptions('featureCache', options, {
    memoryBytes: rules.count,
    chunkBytes: rules.count,
  });
  checkRule('featureCache', 'folder', rules.text, folder);
  const warnings: string[] = [];
  const fingerprints = new WeakMap<Dataset, Promise<string>>();
  const budget = { left: memoryBytes, chunkBytes };

  return {
    warnings,
    async find(identity) {
      const entry = join(folder, entryName(identity));
      if (!existsSync(entry)) return undefined;
      try {
        return await readPass(entry, budget);
      } catch (error) {
        warnings.push(`stored features were not sound and are computed again (${(error as Error).message})`);
        return undefined;
      }
    },
    async create(identity) {
      const name = entryName(identity);
      await mkdir(folder, { recursive: true });
      const entry = join(folder, name);
      await removeLeftovers(entry);
      const partial = join(folder, partialName(name));
      return writePass(partial, entry, { format, identity }, () => readPass(entry, budget));
    },
    fingerprint(dataset) {
      const known = fingerprints.get(dataset);
      if (known) return known;
      const found = fingerprintOf(dataset);
      fingerprints.set(dataset, found);
      return found;
    },
  };
}

function entryName(identity: PassIdentity): string {
  const { network, data, sigma, key, batchSize } = identity;
  const text = JSON.stringify({ format, network, data, sigma, key, batchSize });
  return createHash('sha256').update(text).digest('hex').slice(0, 40);
}

/** SHA-256 over the shape, every pixel and every label. */
async function fingerprintOf(dataset: Dataset): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([dataset.length, dataset.shape, dataset.classes ?? null]));
  for await (const { x, label } of sequentialBatches(dataset)) {
    hash.update(x.constructor.name).update(bytesOf(x));
    if (label) hash.update(bytesOf(label));
  }
  return hash.digest('hex');
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
