import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers';
import { edm, key } from '@diptych/core';
import { toBatch, batches, digitSplits, subset } from '@diptych/data';
import { denoisingLoss } from '@diptych/losses';
import { UViT } from '@diptych/models';
import { DiptychError } from '@diptych/formats/errors';
import { adamW, train, validationLoss, type TrainEvent, type TrainOptions } from '@diptych/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LayerSearchOptions } from './layer-search-options.ts';
import { layerSearch } from './layer-search.ts';

const splits = digitSplits();
const size = { image: [8, 8, 1], patch: 4, width: 16, depth: 2, heads: 2, seed: 1 } as const;
const diffusion = edm({ sigmaData: 0.75, pMean: -0.4, pStd: 1 });

type Training = Omit<TrainOptions, 'network'> & { steps: number };
type Options = LayerSearchOptions<Training, TrainEvent>;

const heldOut = await toBatch(subset(splits.validation, { from: 0, to: 32 }));
const heldOutLoss: Options['heldOutLoss'] = ({ network, weights, training: { objective } }) =>
  validationLoss({ network, objective, weights, batch: heldOut, passes: 2 });

/** A search among two layers of a tiny network on digits, and what a test wants otherwise. */
const options = (over: Partial<Options> = {}): Options => ({
  layers: ['in.0', 'mid'],
  network: (after) => new UViT({ ...size, selfConditioning: after ? { after, zeroInit: false } : undefined }),
  training: {
    objective: denoisingLoss(diffusion),
    data: batches(splits.train, { batchSize: 8, key: key(1) }),
    optimizer: adamW({ learningRate: 3e-3 }),
    ema: 0.9,
    key: key(2),
    steps: 12,
  },
  train,
  heldOutLoss,
  ...over,
});

describe('layerSearch', () => {
  beforeAll(async () => {
    await tf.setBackend('wasm');
    await tf.ready();
  });

  it('trains every candidate from the same weights on the same batches and the same noise, and judges them alike', async () => {
    const firsts: Record<string, number> = {};
    const steps: (string | undefined)[] = [];
    const judged: (string | undefined)[] = [];
    const before = tf.memory().numTensors;
    const search = await layerSearch(
      options({
        // Zero guidance at first: until the first update all are the same network.
        network: (after) => new UViT({ ...size, selfConditioning: after ? { after } : undefined }),
        onEvent: (layer, { step, loss }) => {
          if (step === 1) firsts[layer ?? 'none'] = loss;
          steps.push(layer);
        },
        judge: ({ layer, network, weights }) => {
          expect(Object.keys(weights!)).toEqual(Object.keys(network.variables()));
          judged.push(layer);
          return { taps: network.tapNames().length };
        },
      }),
    );
    expect(tf.memory().numTensors).toBe(before);
    expect(new Set(Object.values(firsts)).size).toBe(1);
    expect(steps).toHaveLength(36);
    expect(judged).toEqual([undefined, 'in.0', 'mid']);
    expect(search.rows.map(({ layer }) => layer)).toEqual(judged);
    expect(search.rows.map(({ scores }) => scores)).toEqual([{ taps: 3 }, { taps: 4 }, { taps: 4 }]);
    const [none, ...rest] = search.rows;
    for (const row of rest) expect(row.parameters).toBeGreaterThan(none.parameters);
    for (const { heldOutLoss, trainingLoss, msPerStep } of search.rows) {
      expect(heldOutLoss).toBeGreaterThan(0);
      expect(trainingLoss).toBeGreaterThan(0);
      expect(msPerStep).toBeGreaterThan(0);
    }
  });

  it('finds the same again, whatever stands beside a candidate, and names the lowest held-out loss', async () => {
    const [a, b] = [
      await layerSearch(options()),
      await layerSearch(options({ layers: ['mid', 'out.0'], baseline: false })),
    ];
    const loss = (of: typeof a, layer: string) => of.rows.find((row) => row.layer === layer)!.heldOutLoss;
    expect(loss(b, 'mid')).toBe(loss(a, 'mid'));
    expect(b.rows).toHaveLength(2);
    const lowest = loss(a, 'in.0') < loss(a, 'mid') ? 'in.0' : 'mid';
    expect(a.best).toBe(lowest);
    expect(loss(a, 'in.0')).not.toBe(loss(a, 'mid'));
  });

  it('prints a line for each candidate, and plots a column with the baseline as a level', async () => {
    const search = await layerSearch(options({ judge: ({ layer }) => ({ probe: layer === 'mid' ? 0.75 : 0.5 }) }));
    const lines = String(search).split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^layer +held-out loss +training loss +parameters +ms per step +probe$/);
    expect(lines[1]).toMatch(/^none .* 0\.5000$/);
    expect(lines[3]).toMatch(/^mid .* 0\.7500$/);
    expect(await search.plot()).toMatch(/^<svg[\s\S]*in\.0[\s\S]*mid[\s\S]*none/);
    expect(await search.plot('probe')).toContain('probe');
    await expect(search.plot('accuracy')).rejects.toThrow(
      /column must be one of "heldOutLoss", .*"probe", got "accuracy"/,
    );
  });

  it('a training that does not stay finite is never the best', async () => {
    const network = (after?: string) => {
      const made = new UViT({ ...size, selfConditioning: after ? { after } : undefined });
      if (after === 'in.0') made.variables()['norm.gamma'].assign(tf.tidy(() => tf.fill([16], NaN)));
      return made;
    };
    const base = options({ network });
    const search = await layerSearch({ ...base, training: { ...(base.training as Training), maxSkipped: Infinity } });
    expect(search.rows[1].heldOutLoss).toBeNaN();
    expect(search.best).toBe('mid');
    expect(await search.plot()).toContain('<svg');
  });

  it('refuses what cannot be compared', async () => {
    const base = options();
    const training = base.training as Training;
    const refuses = async (over: Partial<Options>, message: RegExp) => {
      const search = layerSearch({ ...base, ...over });
      await expect(search).rejects.toThrow(message);
      await expect(search).rejects.toThrow(expect.toSatisfy(DiptychError.isInstance));
    };
    const before = tf.memory().numTensors;
    await refuses({ layers: [] }, /layers must be not empty/);
    await refuses({ layers: ['mid', 'mid'] }, /layers must be free of repetitions/);
    const refusal = new DiptychError({ where: 'mine', parameter: 'p', rule: 'r', value: 0 });
    await refuses({ heldOutLoss: () => Promise.reject(refusal) }, /mine: p must be r/);
    await refuses({ layers: ['nowhere'], baseline: false }, /selfConditioning.after must be one of in.0, mid, out.0/);
    await refuses({ training: { ...training, steps: 0 } }, /steps must be a positive integer/);
    let made = 0;
    await refuses(
      { training: () => ({ ...training, steps: 2, key: key(made++) }) },
      /training.key must be the same for every layer/,
    );
    made = 2;
    await refuses({ training: () => ({ ...training, steps: made++ }) }, /training.steps must be 2 for every layer/);
    const once = (async function* () {
      yield* training.data as AsyncIterable<never>;
    })();
    await refuses({ training: { ...training, data: once } }, /a function that makes the training anew/);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('ends with the signal', async () => {
    const control = new AbortController();
    const base = options({
      onEvent: (layer, { step }) => void (layer === 'in.0' && step === 2 && control.abort(new Error('enough'))),
    });
    const search = layerSearch({ ...base, training: { ...(base.training as Training), signal: control.signal } });
    await expect(search).rejects.toThrow('enough');
  });
});
