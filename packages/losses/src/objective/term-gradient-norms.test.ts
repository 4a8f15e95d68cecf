import { edm, key } from '@diptych/core';
import { FakeNetwork, randomBatch } from '@diptych/test-utils/losses';
import { onEachBackend } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { denoisingLoss } from '../denoising/denoising-loss.ts';
import type { Objective } from './objective.ts';
import { tensorBatch } from './tensor-batch.ts';
import { termGradientNorms } from './term-gradient-norms.ts';

onEachBackend('termGradientNorms()', () => {
  const network = () => new FakeNetwork();
  const of = (name: string, loss: (bias: tf.Tensor) => tf.Tensor): Objective => ({
    name,
    compute: ({ network }) => ({ loss: loss(network.variables()['bias']) as tf.Scalar, metrics: {} }),
  });

  it('is the length of the gradient of each term, 0 for one that leaves the network alone, and leaves no tensors', async () => {
    const fake = network();
    const batch = tensorBatch(randomBatch());
    const terms = [
      of('slope', (bias) => tf.sum(tf.mul(bias, tf.tensor1d([3, 4])))),
      of('constant', () => tf.scalar(7)),
      denoisingLoss(edm()),
      { ...denoisingLoss(edm(), { weight: (sigma) => 5 * edm().weight(sigma) }), name: 'five' },
    ];
    const before = tf.memory().numTensors;
    const norms = await termGradientNorms(terms, { network: fake, batch, key: key(1), step: 0 });
    expect(tf.memory().numTensors).toBe(before);
    expect(norms['slope']).toBeCloseTo(5, 5);
    expect(norms['constant']).toBe(0);
    expect(norms['five'] / norms['denoising']).toBeCloseTo(5, 4);
    fake.dispose();
  });

  it('refuses no objectives and two of one name', async () => {
    const options = { network: network(), batch: tensorBatch(randomBatch()), key: key(1), step: 0 };
    await expect(termGradientNorms([], options)).rejects.toThrow(/termGradientNorms: objectives must be not empty/);
    await expect(termGradientNorms([of('a', tf.sum), of('a', tf.sum)], options)).rejects.toThrow(/of different names/);
  });
});
