import { foldIn } from '@diptych/core';
import type { Batch, Key } from '@diptych/core';
import { inOrder } from '@diptych/data';
import type { Dataset } from '@diptych/data';
import { check, DiptychError } from '@diptych/ops';
import { checkRows } from '../features/check-rows.ts';
import type { FeatureRows } from '../features/feature-rows.ts';
import { linearProbe } from './linear-probe.ts';
import type { LabelledRows, LinearProbeOptions, ProbeProtocol, ProbeResult } from './linear-probe.ts';

/**
 * One pass of a network over noisy images: a row per image for every tap. To make the noise of an image the same whatever
 * the batch size, draw it with `samplewiseNormal(key, shape, { first })`.
 *
 * @param images a batch with clean pixels
 * @param sigma noise level
 * @param key the same for all batches of one part and noise level
 * @param first position of the batch's first image within its part
 */
export type TapFeatures = (
  images: Batch,
  sigma: number,
  key: Key,
  first: number,
) => Promise<Readonly<Record<string, FeatureRows>>> | Readonly<Record<string, FeatureRows>>;

/** What is probed, where, and how. */
export interface LinearProbeGridOptions {
  features: TapFeatures;
  /** Labelled data: fitted on, chosen on, reported on. */
  splits: { train: Dataset; validation: Dataset; test: Dataset };
  /** Noise levels. */
  sigmas: readonly number[];
  /** Decides the noise that is added before the network. */
  key: Key;
  /** Images per pass. Default 256. */
  batchSize?: number;
  /** The probe's protocol, where it differs from `linearProbe`'s. */
  probe?: LinearProbeOptions;
  /** Stops between two batches or cells. */
  signal?: AbortSignal;
  /** Called after every cell. */
  onProgress?: (progress: { done: number; cells: number; cell: ProbeCell }) => void;
}

/** One layer at one noise level. */
export interface ProbeCell extends Omit<ProbeResult, 'protocol'> {
  tap: string;
  sigma: number;
}

/** The outcome of a grid. */
export interface ProbeGrid {
  protocol: ProbeProtocol;
  /** In the order in which the network gave them. */
  taps: string[];
  sigmas: number[];
  /** Tap by tap, noise levels within. */
  cells: ProbeCell[];
  /** The cell with the best validation accuracy; its `testAccuracy` is the figure to report. */
  best: ProbeCell;
}

/**
 * Linear probes of every layer at every noise level. One network pass per batch serves all taps; the best cell is chosen
 * on the validation part, so that its test accuracy is an honest figure.
 *
 * **Memory** the rows of all taps at one noise level.
 *
 * @throws DiptychError if data has no labels, or the features are unsound (see `checkRows`) or change their taps or dims
 * from batch to batch; `signal.reason` when stopped.
 * @example
 * const grid = await linearProbeGrid({ features, splits: digitSplits(), sigmas: [0.02, 0.1, 0.5], key: key(0) });
 * heatMap({ rows: grid.taps, columns: grid.sigmas.map(String), values: grid.cells.map((c) => c.testAccuracy) });
 */
export async function linearProbeGrid(options: LinearProbeGridOptions): Promise<ProbeGrid> {
  const where = 'linearProbeGrid';
  const { features, splits, sigmas, key, batchSize = 256, probe = {}, signal, onProgress } = options;
  check(sigmas.length > 0, where, 'sigmas', 'at least one noise level', sigmas);
  for (const sigma of sigmas) check(Number.isFinite(sigma) && sigma >= 0, where, 'sigmas', 'numbers from 0', sigma);
  const classes = probe.classes ?? splits.train.classes?.length;

  const found: Record<string, ProbeCell[]> = {};
  let protocol: ProbeProtocol | undefined;
  for (const [column, sigma] of sigmas.entries()) {
    const parts: Record<string, Record<string, LabelledRows>> = {};
    for (const [number, part] of (['train', 'validation', 'test'] as const).entries()) {
      const noiseKey = foldIn(foldIn(key, column), number);
      const pass = (images: Batch, first: number) => features(images, sigma, noiseKey, first);
      parts[part] = await collect(splits[part], pass, batchSize, signal);
    }
    for (const tap of Object.keys(parts.train)) {
      signal?.throwIfAborted();
      const [train, validation, test] = [parts.train[tap], parts.validation[tap], parts.test[tap]];
      check(validation && test, where, 'features', `rows for tap ${tap} in every part`, Object.keys(parts.validation));
      const { protocol: used, ...result } = linearProbe({ train, validation, test }, { ...probe, classes });
      protocol = used;
      const cell: ProbeCell = { tap, sigma, ...result };
      (found[tap] ??= []).push(cell);
      const taps = Object.keys(parts.train).length;
      onProgress?.({ done: Object.values(found).flat().length, cells: taps * sigmas.length, cell });
      // A probe is a long calculation: let timers and input have their turn.
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
  const taps = Object.keys(found);
  const complete = taps.every((tap) => found[tap].length === sigmas.length);
  check(complete, where, 'features', 'the same taps at every noise level', taps);
  const cells = taps.flatMap((tap) => found[tap]);
  const best = cells.reduce((a, b) => (b.validationAccuracy > a.validationAccuracy ? b : a));
  return { protocol: protocol!, taps, sigmas: [...sigmas], cells, best };
}

/** All rows of every tap over one data set, with labels. */
async function collect(
  dataset: Dataset,
  pass: (images: Batch, first: number) => ReturnType<TapFeatures>,
  batchSize: number,
  signal?: AbortSignal,
): Promise<Record<string, LabelledRows>> {
  const where = 'linearProbeGrid';
  const parts: Record<string, { rows: Float64Array; dims: number }> = {};
  const labels = new Int32Array(dataset.length);
  let first = 0;
  for await (const images of inOrder(dataset, { batchSize })) {
    signal?.throwIfAborted();
    check(images.label, where, `${dataset.name}.label`, 'there: a probe needs labels', images.label);
    labels.set(images.label, first);
    const count = images.shape[0];
    for (const [tap, { rows, dims }] of Object.entries(await pass(images, first))) {
      const given = checkRows({ rows, dims }, where, `features of ${tap}`);
      check(given === count, where, `features of ${tap}`, `${count} rows, one per image`, given);
      const part = (parts[tap] ??= { rows: new Float64Array(dataset.length * dims).fill(NaN), dims });
      if (part.dims !== dims) fail(`features of ${tap}`, `${part.dims} dims in every batch`, dims);
      part.rows.set(rows, first * dims);
    }
    first += count;
  }
  check(Object.keys(parts).length > 0, where, 'features', 'rows for at least one tap', {});
  return Object.fromEntries(Object.entries(parts).map(([tap, part]) => [tap, { ...part, labels }]));
}

function fail(parameter: string, rule: string, value: unknown): never {
  throw new DiptychError({ where: 'linearProbeGrid', parameter, rule, value });
}
