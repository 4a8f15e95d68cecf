import { foldIn } from '@diptych/core';
import type { Key } from '@diptych/core';
import { check, checkOptions, checkRule, rules } from '@diptych/formats/errors';
import { evalRules } from '../../features/eval-rules.ts';
import type { FeatureStore, StoredPass } from '../../features/feature-store.ts';
import { collectPass } from './collect-pass.ts';
import { linearProbe, linearProbeRules } from '../linear/linear-probe.ts';
import type { LinearProbeOptions, ProbeProtocol, ProbeResult } from '../linear/linear-probe.ts';
import { gridRules, checkSigmas, gridOutcome } from './probe-grid.ts';
import type { GridCell, GridOutcome, ProbeSplits } from './probe-grid.ts';
import { partNames } from '../parts/probe-labels.ts';
import type { LabeledRows, ProbeParts } from '../parts/probe-labels.ts';
import type { TapFeatures } from './tap-features.ts';

/** What is probed, where, and how. */
export interface LinearProbeGridOptions {
  features: TapFeatures;
  /** Labeled data: fitted on, chosen on, reported on. */
  splits: ProbeSplits;
  /** Noise levels. */
  sigmas: readonly number[];
  /** Decides the noise that is added before the network. */
  key: Key;
  /** Images per pass. Default 256. */
  batchSize?: number;
  /** The probe's protocol, where it differs from `linearProbe`'s. */
  probe?: LinearProbeOptions;
  /**
   * Keeps features beyond memory and process (`featureCache` in `@diptych/eval/node`). `network` names the weights, e.g. by
   * the hash of a checkpoint; stored features are held against one fresh batch before they are used.
   */
  cache?: { store: FeatureStore; network: string };
  /** Stops between two batches or cells. */
  signal?: AbortSignal;
  /** Called after every cell. */
  onProgress?: (progress: { done: number; cells: number; cell: ProbeCell }) => void;
}

/** One layer at one noise level. */
export interface ProbeCell extends GridCell, Omit<ProbeResult, 'protocol' | 'warnings'> {}

/** The outcome of a grid. */
export interface ProbeGrid extends GridOutcome<ProbeProtocol, ProbeCell> {
  /** Passes (parts times noise levels) that the cache saved. */
  reusedPasses: number;
}

/**
 * Linear probes of every layer at every noise level, protocol `converged`. One network pass per batch serves all taps; the
 * best cell is chosen on the validation part, so that its test accuracy is an honest figure.
 *
 * **Memory** the rows of all taps at one noise level; with a cache, what its bound allows.
 *
 * @throws DiptychError if data has no labels, or the features are unsound (see `checkRows`) or change their taps or dims
 * from batch to batch; `signal.reason` when stopped.
 * @example
 * const grid = await linearProbeGrid({ features, splits: digitSplits(), sigmas: [0.02, 0.1, 0.5], key: key(0) });
 * heatMap({ rows: grid.taps, columns: grid.sigmas.map(String), values: grid.cells.map((c) => c.testAccuracy) });
 */
export async function linearProbeGrid(options: LinearProbeGridOptions): Promise<ProbeGrid> {
  const where = 'linearProbeGrid';
  const {
    features,
    splits,
    sigmas,
    key,
    batchSize = 256,
    probe = {},
    cache,
    signal,
    onProgress,
  } = checkOptions(where, options, {
    ...gridRules,
    batchSize: rules.count,
    probe: rules.record,
    cache: rules.having('{ store, network }', 'store', 'network'),
  });
  checkSigmas(sigmas, where);
  checkOptions(where, probe, linearProbeRules, 'probe');
  for (const part of partNames) checkRule(where, `splits.${part}`, evalRules.dataset, splits[part]);
  if (cache)
    checkRule(
      where,
      'cache.store',
      rules.having('a store, such as featureCache(folder)', 'find', 'create'),
      cache.store,
    );
  const named = !cache || (typeof cache.network === 'string' && cache.network.length > 0);
  check(named, where, 'cache.network', 'a text that names the weights', cache?.network);
  const classes = probe.classes ?? splits.train.classes?.length;

  const found = new Map<string, ProbeCell[]>();
  const warnings: string[] = [];
  let protocol: ProbeProtocol | undefined;
  let reusedPasses = 0;
  let done = 0;
  for (const [column, sigma] of sigmas.entries()) {
    const passes: StoredPass[] = [];
    for (const [number, part] of partNames.entries()) {
      const noiseKey = foldIn(foldIn(key, column), number);
      const pass = { where, features, sigma, key: noiseKey, batchSize, signal, cache };
      const collected = await collectPass(splits[part], pass);
      if (collected.reused) reusedPasses++;
      passes.push(collected);
    }
    for (const tap of passes[0].taps) {
      signal?.throwIfAborted();
      const there = passes.every(({ taps }) => taps.includes(tap));
      check(there, where, 'features', `rows for tap ${tap} in every part`, passes[1].taps);
      const opened = passes.map((pass) => pass.tap(tap));
      const parts = Object.fromEntries(
        partNames.map((part, i) => [part, { ...opened[i].features, labels: passes[i].labels } as LabeledRows]),
      ) as unknown as ProbeParts;
      let fitted: ProbeResult;
      try {
        fitted = linearProbe(parts, { ...probe, classes });
      } finally {
        for (const { release } of opened) release();
      }
      const { protocol: used, warnings: noticed, ...result } = fitted;
      protocol = used;
      warnings.push(...noticed);
      const cell: ProbeCell = { tap, sigma, ...result };
      found.set(tap, [...(found.get(tap) ?? []), cell]);
      onProgress?.({ done: ++done, cells: passes[0].taps.length * sigmas.length, cell });
      // A probe is a long calculation: let timers and input have their turn.
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
  if (cache) warnings.push(...cache.store.warnings);
  const outcome = gridOutcome(where, found, { protocol: protocol!, sigmas, key, batchSize, splits }, warnings);
  return { ...outcome, reusedPasses };
}
