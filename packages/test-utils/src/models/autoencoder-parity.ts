import { type HostTensors, numbersOf } from '@diptych/formats';
import { AutoencoderKL, fromOfficial, loadStateDict, toOfficial } from '@diptych/models';
import { gaussianKl } from '@diptych/models/networks';
import type { DiagonalGaussian } from '@diptych/models/networks';
import * as tf from '@tensorflow/tfjs-core';
import { relativeError } from '../ops/relative-error.ts';
import type { OfficialAutoencoder } from './official-autoencoder.ts';
import type { OfficialCase } from './official-case.ts';
import { deviceTensor, mapValues, missingFrom, nchw, officialOrder, type OfficialParity } from './official-parity.ts';

/** As `officialParity`, for an autoencoder: it encodes x and decodes z. Disposes the network. */
export async function autoencoderParity(of: OfficialCase, ours: OfficialAutoencoder): Promise<OfficialParity> {
  const { network, names } = ours;
  loadStateDict(network, fromOfficial(of.weights, names));
  const kept = tf.memory().numTensors;
  const inputs = mapValues(of.io, deviceTensor);
  const [x, z] = [inputs.x, inputs.z] as tf.Tensor4D[];

  const run = (images: tf.Tensor4D, latents: tf.Tensor4D): Record<string, tf.Tensor> => {
    const decoded = network.decode(latents);
    if (!(network instanceof AutoencoderKL)) return { latents: network.encode(images), decoded };
    const { mean, logVariance } = network.encode(images) satisfies DiagonalGaussian;
    const std = tf.exp(tf.mul(logVariance, 0.5));
    return { mean, logvar: logVariance, std, decoded, kl: gaussianKl({ mean, logVariance }) };
  };

  const blocks = network.namedBlocks();
  const tapErrors: Record<string, number> = {};
  const ends = Object.keys(of.taps).map((name) => {
    const block = blocks.get(ours.tap(name.slice('tap.'.length)));
    if (!block) throw new Error(`no part of ours is ${name}`);
    return block.observe((output) => {
      tapErrors[name] = relativeError(officialOrder(output as tf.Tensor), numbersOf(of.io[name]));
    });
  });
  const outputs = tf.tidy(() => {
    const values = run(x, z);
    return mapValues(of.expected, (_, name) =>
      values[name] ? relativeError(officialOrder(values[name]), numbersOf(of.io[name])) : NaN,
    );
  });
  ends.forEach((end) => end());

  const variables = network.trainableVariables();
  const summed = Object.keys(of.expected).filter((name) => of.loss.includes(`sum(${name} * `));
  const loss = (...[images, latents]: tf.Tensor[]) => {
    const values = run(images as tf.Tensor4D, latents as tf.Tensor4D);
    return tf.addN(summed.map((name) => tf.sum(tf.mul(values[name], inputs[`cotangent.${name}`]))));
  };
  const gradients = tf.tidy(() => tf.grads(loss)([x, z, ...Object.values(variables)]));
  const ofInputs = Object.fromEntries(
    ['input.x', 'input.z'].map((name, i) => {
      const value = gradients[i];
      return [name, { shape: nchw(value.shape), dtype: 'float32', data: officialOrder(value) }] as const;
    }),
  );
  const ofWeights = Object.fromEntries(
    Object.entries(variables).map(([name, { shape }], i) => {
      const data = gradients[2 + i].dataSync<'float32'>().slice();
      return [name, { shape, dtype: 'float32', data }] as const;
    }),
  );
  const found: HostTensors = { ...(ofInputs as HostTensors), ...toOfficial(ofWeights as HostTensors, names) };
  const zero = new Set(of.zero_grad);
  const compared = Object.keys(of.gradients).filter((name) => Object.hasOwn(found, name) && !zero.has(name));
  const parity: OfficialParity = {
    outputs,
    taps: tapErrors,
    after: {},
    gradients: Object.fromEntries(
      compared.map((name) => [name, relativeError(numbersOf(found[name]), numbersOf(of.gradients[name]))]),
    ),
    zeroGradient: Math.max(0, ...of.zero_grad.flatMap((name) => Array.from(numbersOf(found[name]), Math.abs))),
    unmatched: [
      ...missingFrom(found, of.gradients),
      ...missingFrom(of.gradients, found),
      ...Object.keys(of.taps).filter((name) => !Object.hasOwn(tapErrors, name)),
    ],
  };
  tf.dispose([Object.values(inputs), gradients] as tf.TensorContainer);
  if (tf.memory().numTensors !== kept) throw new Error(`${tf.memory().numTensors - kept} tensors leaked`);
  network.dispose();
  return parity;
}
