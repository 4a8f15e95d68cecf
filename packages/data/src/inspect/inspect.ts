import { checkOptions, rules } from '@diptych/formats/errors';
import { checkDataset, type Dataset } from '../dataset/dataset.ts';
import { sequentialBatches } from '../dataset/sequential-batches.ts';
import { contactSheet } from '../images/contact-sheet.ts';
import type { Raster } from '../images/raster.ts';
import { exactFingerprint, outlineFingerprint } from './fingerprints.ts';

/** How a data set is looked at. */
export interface InspectOptions {
  /** Images of the contact sheet per class, or in each row where there are no classes. Default 8. */
  columns?: number;
  /** Rows of the contact sheet at most. Default 20. */
  rows?: number;
  /** Ends the work between two batches. */
  signal?: AbortSignal;
}

/** What there is to know of a data set before one trains on it. */
export interface Inspection {
  readonly name: string;
  readonly length: number;
  /** [H, W, C] of every image. */
  readonly shape: readonly [number, number, number];
  /** Type of the numbers: `uint8` 0..255, or `float32`. */
  readonly numbers: 'uint8' | 'float32';
  /** Images of each class. */
  readonly classes?: readonly { readonly name: string; readonly count: number }[];
  /** Per channel, on the scale of the numbers. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly min: number;
  readonly max: number;
  /** Groups of positions of images that are the same, number for number. */
  readonly duplicates: readonly (readonly number[])[];
  /** Groups of positions of images with the same outlines that are not all the same. */
  readonly lookAlikes: readonly (readonly number[])[];
}

/**
 * Looks at every image of a data set once: counts, class balance, mean and standard deviation per channel, duplicates, and a
 * contact sheet (none for images of other than 1, 3 or 4 channels: latents).
 *
 * **Memory** about 1 kB per image, and the images of the sheet.
 *
 * @throws DiptychError if an image or a label is not sound (see `checkBatch`), or the sheet has no rows or columns.
 * @example
 * const { summary, sheet } = await inspect(await imageFolder('cifar/train'));
 */
export async function inspect(
  dataset: Dataset,
  options: InspectOptions = {},
): Promise<{ summary: Inspection; sheet?: Raster }> {
  checkDataset('inspect', dataset);
  const known = { columns: rules.count, rows: rules.count, signal: rules.signal };
  const { columns = 8, rows = 20, signal } = checkOptions('inspect', options, known);
  const { name, length, shape, classes } = dataset;
  const channels = shape[2];
  const size = shape[0] * shape[1] * channels;
  const first = new Float64Array(channels);
  const second = new Float64Array(channels);
  let [min, max] = [Infinity, -Infinity];
  const counts = new Array<number>(classes?.length ?? 0).fill(0);
  const same = new Map<string, number[]>();
  const alike = new Map<string, { positions: number[]; kinds: Set<string> }>();
  const shown = new Map<number, (Float32Array | Uint8Array)[]>();
  const every = Math.max(1, Math.floor(length / (columns * rows)));
  let isBytes = false;

  let position = 0;
  for await (const { x, label } of sequentialBatches(dataset)) {
    signal?.throwIfAborted();
    isBytes = x instanceof Uint8Array;
    for (let i = 0; i * size < x.length; i++, position++) {
      const image = x.subarray(i * size, (i + 1) * size);
      for (let k = 0; k < size; k++) {
        const value = image[k];
        first[k % channels] += value;
        second[k % channels] += value * value;
        if (value < min) min = value;
        if (value > max) max = value;
      }
      const fingerprint = exactFingerprint(image);
      const twins = same.get(fingerprint);
      if (twins) twins.push(position);
      else same.set(fingerprint, [position]);
      const outline = outlineFingerprint(image, shape);
      const group = alike.get(outline) ?? { positions: [], kinds: new Set() };
      group.positions.push(position);
      group.kinds.add(fingerprint);
      alike.set(outline, group);

      const k = label?.[i];
      if (k !== undefined && classes) counts[k]++;
      const row = k ?? (position % every === 0 ? Math.floor(position / every / columns) : rows);
      const images = shown.get(row) ?? [];
      if (row < rows && images.length < columns) shown.set(row, [...images, image.slice()]);
    }
  }

  const pixels = length * shape[0] * shape[1];
  const mean = Array.from(first, (sum) => sum / pixels);
  const std = Array.from(second, (sum, c) => Math.sqrt(Math.max(0, sum / pixels - mean[c] ** 2)));
  const summary: Inspection = {
    name,
    length,
    shape,
    numbers: isBytes ? 'uint8' : 'float32',
    ...(classes && { classes: classes.map((name, k) => ({ name, count: counts[k] })) }),
    mean,
    std,
    min,
    max,
    duplicates: [...same.values()].filter((group) => group.length > 1),
    lookAlikes: [...alike.values()].filter(({ kinds }) => kinds.size > 1).map(({ positions }) => positions),
  };
  const drawable = channels === 1 || channels === 3 || channels === 4;
  return { summary, ...(drawable && { sheet: sheetOf(shown, dataset) }) };
}

/** A row for each class; short rows end in blank images. */
function sheetOf(shown: ReadonlyMap<number, (Float32Array | Uint8Array)[]>, { name, shape, classes }: Dataset): Raster {
  const ordered = [...shown].sort(([a], [b]) => a - b);
  const columns = Math.max(...ordered.map(([, row]) => row.length));
  const size = shape[0] * shape[1] * shape[2];
  const count = ordered.length * columns;
  const isBytes = ordered[0][1][0] instanceof Uint8Array;
  const x = isBytes ? new Uint8Array(count * size).fill(255) : new Float32Array(count * size).fill(1);
  ordered.forEach(([, row], r) => row.forEach((image, i) => x.set(image, (r * columns + i) * size)));
  const captions =
    classes &&
    ordered.flatMap(([k, row]) => Array.from({ length: columns }, (_, i) => (i < row.length ? classes[k] : '')));
  return contactSheet({ x, shape: [count, ...shape] }, { columns, captions, title: name });
}
