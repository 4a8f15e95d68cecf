import { denoiser, edm, key } from '@diptych/core';
import { denoisingLoss, evaluateObjective } from '@diptych/losses';
import { networkContract } from '@diptych/test-utils/models';
import { onEachBackend, relativeError, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { DiT } from '../networks/dit/dit.ts';
import { UViT } from '../networks/uvit/uvit.ts';
import { withContext } from './context.ts';

const context = { length: 3, width: 5 };
const size = { image: [4, 4, 1], patch: 2, width: 16, depth: 2, heads: 2 } as const;
const networks = { DiT: () => new DiT({ ...size, context }), UViT: () => new UViT({ ...size, context }) };

onEachBackend('networks with a context', () => {
  describe.each(Object.entries(networks))('%s', (_, make) => {
    networkContract({
      make: () => {
        const network = make();
        // Tokens of an image depend on its noise label, so that an image has the same ones in every batch.
        const tokens = ({ noise }: { noise: tf.Tensor1D }) =>
          tf.mul(tf.reshape(noise, [-1, 1, 1]), tensorOf([1, 3, 5], 9)) as tf.Tensor3D;
        return { ...withContext(network, tokens), dispose: () => network.dispose() };
      },
      image: size.image,
    });
  });
});

describe('withContext', () => {
  beforeEach(async () => {
    await tf.setBackend('cpu');
    tf.engine().startScope();
    return () => tf.engine().endScope();
  });
  const prompts = () => tensorOf<tf.Rank.R3>([2, 3, 5], 4);
  const row = (i: number) => tf.slice(prompts(), [i, 0, 0], [1, 3, 5]);
  const stirred = () => {
    const network = new DiT({ ...size, context });
    Object.values(network.trainableVariables()).forEach((v, i) =>
      v.assign(tf.add(v, tensorOf(v.shape, i, { scale: 0.3 }))),
    );
    return network;
  };
  const input = () => ({ x: tensorOf<tf.Rank.R4>([2, 4, 4, 1], 1), noise: tensorOf<tf.Rank.R1>([2], 2) });

  it('gives one context to all images, one to each, or what a function makes of the labels', () => {
    const network = stirred();
    const own = network.forward({ ...input(), context: prompts() }).output;
    expect(withContext(network, prompts()).forward(input()).output.dataSync()).toEqual(own.dataSync());
    const label = tf.tensor1d([0, 1], 'int32');
    const looked = withContext(network, ({ label }) => tf.gather(prompts(), label!));
    expect(looked.forward({ ...input(), label }).output.dataSync()).toEqual(own.dataSync());
    const first = withContext(network, row(0)).forward(input()).output;
    expect(relativeError(tf.slice(first, 0, 1), tf.slice(own, 0, 1))).toBeLessThan(1e-5);
    expect(relativeError(tf.slice(first, 1, 1), tf.slice(own, 1, 1))).toBeGreaterThan(1e-3);
  });

  it('reaches samplers and losses: a network learns by its context what to draw', () => {
    const network = new DiT({ ...size, context });
    const captioned = withContext(network, ({ label }) => tf.gather(prompts(), label!));
    const images = tf.concat([tf.fill([1, 4, 4, 1], -1), tf.fill([1, 4, 4, 1], 1)]) as tf.Tensor4D;
    const batch = { x: images, label: tf.tensor1d([0, 1], 'int32'), views: [] };
    const diffusion = edm({ sigmaData: 1 });
    const objective = denoisingLoss(diffusion);
    const optimizer = tf.train.adam(0.01);
    const variables = Object.values(network.trainableVariables());
    for (let step = 0; step < 160; step++) {
      tf.tidy(() => {
        const loss = () => evaluateObjective(objective, { network: captioned, batch, key: key(step), step }).loss;
        optimizer.applyGradients(tf.variableGrads(loss as () => tf.Scalar, variables).grads as never);
      });
    }
    // Of noise so strong that little else tells the two apart.
    const drawn = (i: number) => {
      const denoised = denoiser(withContext(network, row(i)), diffusion)(tf.mul(tensorOf([4, 4, 4, 1], 7), 5), 5);
      return tf.mean(denoised).dataSync()[0];
    };
    expect(drawn(0)).toBeLessThan(-0.5);
    expect(drawn(1)).toBeGreaterThan(0.5);
  });

  it('refuses a context that does not fit, and a network that is given none', () => {
    const network = stirred();
    expect(() => withContext(network, tf.zeros([3, 3, 5])).forward(input())).toThrow(
      /withContext: context must be of shape \[1 or 2/,
    );
    expect(() => withContext(network, tf.zeros([3, 5]) as never).forward(input())).toThrow(/context must be of shape/);
    expect(() => withContext(network, tf.zeros([1, 2, 5])).forward(input())).toThrow(
      /DiT: context must be float32 tokens \[2, 3, 5\]/,
    );
    const whole = tf.zeros<tf.Rank.R3>([2, 3, 5], 'int32');
    expect(() => network.forward({ ...input(), context: whole })).toThrow(/float32 tokens/);
    expect(() => network.forward(input())).toThrow(/DiT: context must be float32 tokens \[2, 3, 5\], got undefined/);
    expect(() => new DiT({ ...size, context: { length: 3, width: 0 } })).toThrow(/width must be a positive integer/);
  });
});
