import type { Key } from '@diptych/core';
import { sequentialBatches } from '@diptych/data';
import type { Dataset } from '@diptych/data';
import { check, checkRule, fail, rules } from '@diptych/formats/errors';
import { checkRows } from '../../features/feature-rows.ts';
import type { FeatureRows } from '../../features/feature-rows.ts';
import { asSource } from '../../features/feature-source.ts';
import type { FeatureStore, StoredPass } from '../../features/feature-store.ts';
import { memoryPass } from '../../features/memory-pass.ts';
import { labelsOf } from '../parts/probe-labels.ts';
import type { TapFeatures } from './tap-features.ts';

/** One pass of a network over a data set at one noise level. */
export interface PassOptions {
  where: string;
  features: TapFeatures;
  sigma: number;
  key: Key;
  batchSize: number;
  signal?: AbortSignal;
  /** Where rows are looked up and kept. Default: memory only. */
  cache?: { store: FeatureStore; network: string };
}

/** All rows of every tap over one data set, with labels: read from the store where it has them, else computed. */
export async function collectPass(dataset: Dataset, options: PassOptions): Promise<StoredPass & { reused: boolean }> {
  const { cache, sigma, key, batchSize } = options;
  if (!cache) return { ...(await compute(dataset, options, memoryPass(dataset.length))), reused: false };
  const { store, network } = cache;
  const identity = { network, data: await store.fingerprint(dataset), sigma, key, batchSize };
  const kept = await store.find(identity);
  if (kept && (await isOfThisNetwork(kept, dataset, options))) return { ...kept, reused: true };
  return { ...(await compute(dataset, options, await store.create(identity))), reused: false };
}

/** Rows and labels of every batch, checked. */
export async function* passBatches(
  dataset: Dataset,
  { where, features, sigma, key, batchSize, signal }: PassOptions,
): AsyncGenerator<{ rows: Readonly<Record<string, FeatureRows>>; labels: Int32Array }, void, void> {
  const dimsOf: Record<string, number> = {};
  let first = 0;
  for await (const images of sequentialBatches(dataset, { batchSize })) {
    signal?.throwIfAborted();
    const labels = labelsOf(images, dataset, where);
    const rows = await features(images, sigma, key, first);
    checkTaps(rows, labels.length, dimsOf, where);
    yield { rows, labels };
    first += labels.length;
  }
}

/** Throws unless every tap has sound rows, one per image, and taps and dims are those of the batches before (`dimsOf`). */
export function checkTaps(
  rows: Readonly<Record<string, FeatureRows>>,
  count: number,
  dimsOf: Record<string, number>,
  where: string,
): void {
  checkRule(where, 'result of features', rules.record, rows);
  const names = Object.keys(rows);
  if (names.length === 0) fail(where, 'features gave rows for no tap');
  if (Object.keys(dimsOf).length === 0) for (const name of names) dimsOf[name] = rows[name].dims;
  const known = Object.keys(dimsOf);
  const same = names.length === known.length && names.every((name) => Object.hasOwn(dimsOf, name));
  check(same, where, 'features', `of the taps ${known.join(', ')} in every batch`, names);
  for (const [name, { dims }] of Object.entries(rows)) {
    const given = checkRows(rows[name], where, `features of ${name}`);
    check(given === count, where, `features of ${name}`, `${count} rows, one per image`, given);
    check(dims === dimsOf[name], where, `features of ${name}`, `${dimsOf[name]} dims in every batch`, dims);
  }
}

async function compute(
  dataset: Dataset,
  options: PassOptions,
  writer: ReturnType<typeof memoryPass>,
): Promise<StoredPass> {
  try {
    for await (const { rows, labels } of passBatches(dataset, options)) await writer.add(rows, labels);
    return await writer.finish();
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}

/** Whether the network still gives the first batch the rows that were kept: a name may stand for other weights by now. */
async function isOfThisNetwork(kept: StoredPass, dataset: Dataset, options: PassOptions): Promise<boolean> {
  for await (const { rows } of passBatches(dataset, options)) {
    const names = Object.keys(rows);
    if (names.length !== kept.taps.length) return false;
    return names.every((name) => {
      if (!kept.taps.includes(name)) return false;
      const { features, release } = kept.tap(name);
      try {
        for (const chunk of asSource(features).chunks()) return closeTo(rows[name], chunk);
        return false;
      } finally {
        release();
      }
    });
  }
  return false;
}

/** Equal within 1e-3 of their root mean square, over the rows that both have: another backend rounds otherwise. */
function closeTo(a: FeatureRows, b: FeatureRows): boolean {
  if (a.dims !== b.dims) return false;
  const length = Math.min(a.rows.length, b.rows.length);
  let [squares, differences] = [0, 0];
  for (let i = 0; i < length; i++) {
    squares += a.rows[i] ** 2;
    differences += (a.rows[i] - b.rows[i]) ** 2;
  }
  return differences <= 1e-6 * squares;
}
