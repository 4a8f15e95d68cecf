import type { Key, Network } from '@diptych/core';
import { expectTypeOf } from 'vitest';
import { fewShotCurve, type FewShotCurve } from './probes/few-shot/few-shot-curve.ts';
import type { GridCell, GridOutcome } from './probes/grid/probe-grid.ts';
import type { ProbeProtocol } from './probes/linear/linear-probe.ts';
import type { ProbeParts, LabeledRows } from './probes/parts/probe-labels.ts';
import { ridgeProbe, type RidgeProtocol } from './probes/ridge/ridge-probe.ts';
import type { LayerRun, LayerTraining } from './study/layer-search-options.ts';
import { layerSearch } from './study/layer-search.ts';
import type { LayerSearchResult } from './study/layer-search-result.ts';

declare const key: Key;
declare const parts: ProbeParts & Record<'train' | 'validation' | 'test', LabeledRows>;
declare const network: Network;

// The protocol of a curve is that of its probe, the linear one by default.
expectTypeOf(fewShotCurve(parts, { key })).toEqualTypeOf<FewShotCurve<ProbeProtocol>>();
expectTypeOf(fewShotCurve(parts, { key, probe: (some) => ridgeProbe(some) })).toEqualTypeOf<
  FewShotCurve<RidgeProtocol>
>();
// @ts-expect-error a probe gives the accuracies of which the curve is drawn
fewShotCurve(parts, { key, probe: () => ({ protocol: 'mine' }) });

// The best cell of a grid is one of its cells.
interface Cell extends GridCell {
  epochs: number;
}
expectTypeOf<GridOutcome<string, Cell>['best']>().toEqualTypeOf<Cell>();
// @ts-expect-error a cell has the accuracies of a probe
expectTypeOf<GridOutcome<string, { tap: string }>>();

// A trainer of one's own: its options and its events reach the functions that take them.
interface Training extends LayerTraining {
  rate: number;
}
interface Event {
  loss: number;
  gradient: number;
}
declare const training: Training;
declare const train: (options: Training & { network: Network }) => LayerRun<Event>;

const search = layerSearch({
  layers: ['mid'],
  network: () => network,
  training,
  train,
  heldOutLoss: (candidate) => {
    expectTypeOf(candidate.training).toEqualTypeOf<Training>();
    return 0;
  },
  onEvent: (layer, event) => {
    expectTypeOf(layer).toEqualTypeOf<string | undefined>();
    expectTypeOf(event).toEqualTypeOf<Event>();
  },
});
expectTypeOf(search).resolves.toEqualTypeOf<LayerSearchResult>();
layerSearch({
  layers: ['mid'],
  network: () => network,
  training,
  // @ts-expect-error events of a training have a loss
  train: (options: Training) => [options] as never as LayerRun<{ step: number }>,
  heldOutLoss: () => 0,
});
