import { check, checkCount, checkNotEmpty, checkOptions, checkRule, rules } from '@diptych/formats/errors';
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
 * @throws DiptychError if there is no layer, a layer is named twice, trainings differ in key or steps, or the data of a
 * training can be iterated only once.
 * @see DDAE++, arXiv:2505.10999; the paper's reviewers describe the search as short parallel runs compared by their training loss
 * @example
 * const search = await layerSearch({
 *   layers: ['mid', 'out.0', 'out.1'],
 *   network: (after) => new UViT({ ...size, selfConditioning: after ? { after } : undefined }),
 *   training: { objective: denoisingLoss(edm()), data: batches(trainSet, { batchSize: 32, key: key(1) }), optimizer: adamW(), key: key(2), steps: 500 },
 *   train,
 *   heldOutLoss: ({ network, weights, training: { objective } }) => validationLoss({ network, objective, weights, batch: heldOut }),
 * });
 * show(String(search), search.best, await search.plot());
 */
export async function layerSearch<Training extends LayerTraining, Event extends { loss: number }>(
  options: LayerSearchOptions<Training, Event>,
): Promise<LayerSearchResult> {
  checkOptions<LayerSearchOptions<Training, Event>>(where, options, {
    layers: rules.required(rules.list(rules.text)),
    network: rules.required(rules.callback),
    training: rules.required(rules.either(rules.having('the options of a training', 'steps', 'data'), rules.callback)),
    train: rules.required(rules.callback),
    heldOutLoss: rules.required(rules.callback),
    baseline: rules.flag,
    judge: rules.callback,
    onEvent: rules.callback,
  });
  const { layers, training: given, baseline = true } = options;
  checkNotEmpty(where, { layers });
  check(new Set(layers).size === layers.length, where, 'layers', 'free of repetitions', layers);
  const rule = 'a function that makes the training anew, since its data can be iterated once only';
  check(typeof given === 'function' || repeats(given.data), where, 'training', rule, given);
  const rows: LayerSearchRow[] = [];
  let first: Training | undefined;
  for (const layer of [...(baseline ? [undefined] : []), ...layers]) {
    const training = typeof given === 'function' ? given() : given;
    checkRule(where, 'training', rules.having('the options of a training', 'steps', 'key'), training);
    first ??= training;
    check(sameKey(training, first), where, 'training.key', 'the same for every layer', training.key);
    check(training.steps === first.steps, where, 'training.steps', `${first.steps} for every layer`, training.steps);
    rows.push(await candidate(layer, training, options));
  }
  return layerSearchResult(rows);
}

async function candidate<Training extends LayerTraining, Event extends { loss: number }>(
  layer: string | undefined,
  training: Training,
  { network: make, train, heldOutLoss, judge, onEvent }: LayerSearchOptions<Training, Event>,
): Promise<LayerSearchRow> {
  const { steps, now = () => performance.now(), signal } = training;
  checkCount(where, { steps });
  const network = make(layer);
  checkRule(where, 'result of network', rules.having('a network', 'trainableVariables'), network);
  const run = train({ ...training, network });
  checkRule(where, 'result of train', rules.having('a run, as train gives it', 'dispose'), run);
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
    check(losses.length === steps, where, 'training.data', `enough for ${steps} steps`, losses.length);
    const trained = { layer, network, weights: run.ema };
    const last = losses.slice(-Math.max(1, Math.round(steps / 10)));
    return {
      layer,
      heldOutLoss: await heldOutLoss({ ...trained, training }),
      trainingLoss: last.reduce((sum, loss) => sum + loss, 0) / last.length,
      parameters: Object.values(network.trainableVariables()).reduce((sum, { size }) => sum + size, 0),
      msPerStep: time / steps,
      scores: (await judge?.(trained)) ?? {},
    };
  } finally {
    run.dispose();
    network.dispose?.();
  }
}

/** Whether every training may take its batches from the beginning. */
const repeats = (data: unknown) => Array.isArray(data) || (typeof data === 'object' && data !== null && 'from' in data);

const sameKey = (a: LayerTraining, b: LayerTraining) => JSON.stringify(a.key) === JSON.stringify(b.key);
