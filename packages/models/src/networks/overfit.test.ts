import { installWasmKernels } from '@diptych/ops/wasm';
import { edm, key } from '@diptych/core';
import { denoisingLoss, evaluateObjective, stratifiedDraws } from '@diptych/losses';
import { tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, expect, it } from 'vitest';
import type { NetworkBlock } from '../base/network-block.ts';
import { Edm2UNet } from './edm2/edm2-unet.ts';
import { unetPresets } from './unet/unet-presets.ts';
import { UNet } from './unet/unet.ts';

const frame = { image: [4, 4, 1], width: 16, multipliers: [1, 1], blocks: 1, attention: [2], classes: 8 } as const;
const unet = { ...frame, labelDropout: 0, dropout: 0 };
const song = { ...unetPresets['edm-ncsnpp'], ...unet, frequencies: 32, selfConditioning: {} };
const networks: readonly [string, number, () => NetworkBlock][] = [
  ['UNet of DDPM', 0.01, () => new UNet({ ...unet, groups: 4 })],
  ['SongUNet with a residual pyramid, self-conditioned', 0.01, () => new UNet(song)],
  ['Edm2UNet, self-conditioned', 0.03, () => new Edm2UNet({ ...frame, headChannels: 16, selfConditioning: {} })],
];

beforeAll(async () => {
  await tf.setBackend('wasm');
  await tf.ready();
  const kernels = await installWasmKernels();
  return () => kernels.uninstall();
});

it.each(networks)(
  '%s learns eight images by heart: with the same noise in each step its loss falls below a tenth',
  (_, rate, make) => {
    const network = make();
    const x = tf.tidy(() => tf.tanh(tensorOf<tf.Rank.R4>([8, 4, 4, 1], 1, { scale: 3 })));
    const label = tf.range(0, 8, 1, 'int32');
    const objective = denoisingLoss(edm({ sigmaData: 0.5 }));
    const variables = Object.values(network.trainableVariables());
    const held = tf.memory().numTensors;
    const optimizer = tf.train.adam(rate, 0.9, 0.99);
    const loss = () =>
      evaluateObjective(objective, {
        network,
        batch: { x, label, views: [] },
        key: key(0),
        step: 0,
        draws: stratifiedDraws,
      }).loss as tf.Scalar;
    const losses = Array.from({ length: 60 }, () =>
      tf.tidy(() => {
        const { value, grads } = tf.variableGrads(loss, variables);
        optimizer.applyGradients(grads as never);
        return value.dataSync()[0];
      }),
    );
    expect(losses.at(-1)! / losses[0]).toBeLessThan(0.1);
    optimizer.dispose();
    expect(tf.memory().numTensors).toBe(held);
    tf.dispose([x, label]);
    network.dispose();
  },
);
