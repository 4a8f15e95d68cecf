import { foldIn, key, type Network } from '@diptych/core';
import { evaluateObjective, stratifiedDraws, tensorBatch } from '@diptych/losses';
import { check } from '@diptych/formats/errors';
import { withValues } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { namedObjective } from '../loop/named-objective.ts';
import { train } from '../loop/train.ts';
import type { LayerSearchOptions, LayerTraining } from './layer-search-options.ts';
import { layerSearchResult, type LayerSearchResult, type LayerSearchRow } from './layer-search-result.ts';

const where = 'layerSearch';

/**
 * Finds the layer of self-conditioning by short trainings: one for each candidate, and one without, from the same first weights, on
 * the same batches in the same order with the same noise. Each is judged by its loss on the same held-out images at the same noise
 * levels, so the differences are those of the layer.
 *
 * A short search says where the loss falls fastest at first, not where the features end up best: give a `judge` that
 * probes them too.
 *
 * **Memory** one candidate at a time: its network is disposed before the next is made.
 *
 * @throws DiptychError without a layer, for a layer named twice, and for trainings that differ in key or steps
 * @see DDAE++, arXiv:2505.10999; the paper's reviewers describe the search as short parallel runs compared by their training loss
 * @example
 * const search = await layerSearch({
 *   layers: ['mid', 'out.0', 'out.1'],
 *   network: (after) => new UViT({ ...size, selfConditioning: after ? { after } : undefined }),
 *   train: { objective: denoisingLoss(edm()), data: batches(trainSet, { batchSize: 32, key: key(1) }), optimizer: adamW(), key: key(2), steps: 500 },
 *   heldOut: await all(validationSet),
 * });
 * show(String(search), search.best, await search.plot());
 */
export async function layerSearch(options: LayerSearchOptions): Promise<LayerSearchResult> {
  const { layers, baseline = true, passes = 4 } = options;
  check(layers.length > 0, where, 'layers', 'at least one layer', layers);
  check(new Set(layers).size === layers.length, where, 'layers', 'free of repetitions', layers);
  check(Number.isInteger(passes) && passes > 0, where, 'passes', 'a positive integer', passes);
  const fixed = typeof options.train !== 'function';
  const again =
    !fixed || 'from' in (options.train as LayerTraining).data || Array.isArray((options.train as LayerTraining).data);
  check(
    again,
    where,
    'train',
    'a function that makes the training anew, since its data can be iterated once only',
    options.train,
  );
  const rows: LayerSearchRow[] = [];
  let first: LayerTraining | undefined;
  for (const layer of [...(baseline ? [undefined] : []), ...layers]) {
    const training = typeof options.train === 'function' ? options.train() : options.train;
    first ??= training;
    check(sameKey(training, first), where, 'train.key', 'the same for every layer', training.key);
    check(training.steps === first.steps, where, 'train.steps', `${first.steps} for every layer`, training.steps);
    rows.push(await candidate(layer, training, options));
  }
  return layerSearchResult(rows);
}

async function candidate(
  layer: string | undefined,
  training: LayerTraining,
  { network: make, heldOut, passes = 4, judge, onEvent }: LayerSearchOptions,
): Promise<LayerSearchRow> {
  const { steps, now = () => performance.now(), signal } = training;
  check(Number.isInteger(steps) && steps > 0, where, 'train.steps', 'a positive integer', steps);
  const network = make(layer);
  const objective = namedObjective(training.objective);
  const run = train({ ...training, objective, network });
  try {
    const losses: number[] = [];
    let start = now();
    let time = 0;
    for await (const event of run) {
      time += now() - start;
      losses.push(event.loss);
      onEvent?.(layer, event);
      start = now();
    }
    signal?.throwIfAborted();
    check(losses.length === steps, where, 'train.data', `enough for ${steps} steps`, losses.length);
    const heldOutLoss = await lossOf({ network, objective, heldOut, passes, weights: run.ema });
    const scores = (await judge?.({ layer, network, weights: run.ema })) ?? {};
    const last = losses.slice(-Math.max(1, Math.round(steps / 10)));
    return {
      layer,
      heldOutLoss,
      trainingLoss: last.reduce((sum, loss) => sum + loss, 0) / last.length,
      parameters: Object.values(network.trainableVariables()).reduce((sum, { size }) => sum + size, 0),
      msPerStep: time / steps,
      scores,
    };
  } finally {
    run.dispose();
    network.dispose?.();
  }
}

interface Judgement extends Pick<LayerSearchOptions, 'heldOut'> {
  network: Network;
  objective: ReturnType<typeof namedObjective>;
  passes: number;
  weights?: tf.NamedTensorMap;
}

/** The loss on the held-out images: noise levels spread evenly, noise from keys that depend on the pass alone. */
async function lossOf({ network, objective, heldOut, passes, weights }: Judgement): Promise<number> {
  const total = tf.tidy(() => {
    const batch = tensorBatch(heldOut);
    const draws = stratifiedDraws;
    const one = (pass: number) =>
      tf.tidy(
        () =>
          evaluateObjective(objective, { network, batch, key: foldIn(key(0), pass), step: 0, training: false, draws })
            .loss,
      );
    const all = () => tf.div(tf.addN(Array.from({ length: passes }, (_, pass) => one(pass))), passes) as tf.Scalar;
    return weights ? withValues({ ...network.variables() }, { ...weights }, all) : all();
  });
  const [loss] = await total.data();
  total.dispose();
  return loss;
}

const sameKey = (a: LayerTraining, b: LayerTraining) => JSON.stringify(a.key) === JSON.stringify(b.key);
