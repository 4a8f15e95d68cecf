import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers';
import { edm, key } from '@diptych/core';
import { batches, digitSplits, subset, toBatch } from '@diptych/data';
import { denoisingLoss } from '@diptych/losses';
import { Edm2UNet, UNet } from '@diptych/models';
import { adamW, train, validationLoss } from '@diptych/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { layerSearch } from './layer-search.ts';

const splits = digitSplits();
const frame = { image: [8, 8, 1], width: 8, multipliers: [1, 2], blocks: 1, attention: [4] } as const;
const heldOut = await toBatch(subset(splits.validation, { from: 0, to: 16 }));
const guided = (after?: string) => (after ? { selfConditioning: { after, zeroInit: false } } : {});

beforeAll(async () => {
  await tf.setBackend('wasm');
  await tf.ready();
});

it.each([
  ['UNet', (after?: string) => new UNet({ ...frame, groups: 4, ...guided(after) })],
  ['Edm2UNet', (after?: string) => new Edm2UNet({ ...frame, headChannels: 8, ...guided(after) })],
] as const)('layerSearch(): finds among the blocks of a %s, the middle and its way up', async (_, network) => {
  const layers = ['mid', 'out.1', 'out.2'];
  expect(network().tapNames()).toEqual(['in.1', 'in.2', 'mid', 'out.1', 'out.2', 'out.3', 'out.4']);
  const before = tf.memory().numTensors;
  const { rows, best } = await layerSearch({
    layers,
    network,
    training: {
      objective: denoisingLoss(edm({ sigmaData: 0.75, pMean: -0.4, pStd: 1 })),
      data: batches(splits.train, { batchSize: 8, key: key(1) }),
      optimizer: adamW({ learningRate: 1e-2 }),
      ema: 0.9,
      key: key(2),
      steps: 12,
    },
    train,
    heldOutLoss: ({ network, weights, training: { objective } }) =>
      validationLoss({ network, objective, weights, batch: heldOut, passes: 1 }),
  });
  expect(tf.memory().numTensors - before).toBeLessThanOrEqual(0);
  expect(rows.map(({ layer }) => layer)).toEqual([undefined, ...layers]);
  const losses = rows.map(({ heldOutLoss }) => heldOutLoss);
  expect(new Set(losses).size).toBe(4);
  expect(best).toBe(layers[losses.slice(1).indexOf(Math.min(...losses.slice(1)))]);
  for (const row of rows.slice(1)) expect(row.parameters).toBeGreaterThan(rows[0].parameters);
});
