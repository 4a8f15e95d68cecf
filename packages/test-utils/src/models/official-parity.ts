import { numbersOf, type HostTensor, type HostTensors } from '@diptych/formats';
import { fromOfficial, loadStateDict, toOfficial } from '@diptych/models';
import * as tf from '@tensorflow/tfjs-core';
import { relativeError } from '../ops/relative-error.ts';
import type { OfficialCase } from './official-case.ts';
import type { OfficialNetwork } from './official-network.ts';

/** The error of each named tensor, relative to its largest value. */
export type Errors = Record<string, number>;

/** How far our network is from the official one. */
export interface OfficialParity {
  outputs: Errors;
  taps: Errors;
  gradients: Errors;
  /** Largest element of the gradients that are zero in exact arithmetic. */
  zeroGradient: number;
  /** Official gradients that ours lack, and the other way round. */
  unmatched: string[];
}

/** Loads the official weights and compares outputs, taps and gradients on the current backend. Disposes the network. */
export async function officialParity(of: OfficialCase, ours: OfficialNetwork): Promise<OfficialParity> {
  const { network, names, outputs: others = {} } = ours;
  loadStateDict(network, fromOfficial(of.weights, names));
  const kept = tf.memory().numTensors;
  const inputs = mapValues(of.io, deviceTensor);
  const error = (name: string, value: tf.Tensor) => relativeError(officialOrder(value), numbersOf(of.io[name]));

  const tapOf = (name: string) => ours.tap(name.slice('tap.'.length));
  const named = Object.keys(of.taps).flatMap((name) => {
    const tap = tapOf(name);
    return typeof tap === 'object' ? tap.taps : (tap ?? []);
  });
  const taps = [...named, ...Object.values(others)];
  const pass = network.forward(ours.input(inputs) as never, { taps });
  const outputs = mapValues(of.expected, (_, name) => {
    if (!ours.guided?.[name]) return error(name, name === 'out' ? pass.output : pass.features[others[name]]);
    const guided = ours.guided[name](inputs);
    const distance = error(name, guided);
    guided.dispose();
    return distance;
  });
  const tapErrors = mapValues(of.taps, (_, name) => {
    const tap = tapOf(name);
    if (tap === undefined) return error(name, pass.output);
    if (typeof tap === 'string') return error(name, pass.features[tap]);
    const value = tf.tidy(() => tap.value(pass.features));
    const distance = error(name, value);
    value.dispose();
    return distance;
  });

  const variables = network.trainableVariables();
  const gradientInputs = of.grad_inputs.map((name) => name.slice('input.'.length));
  const loss = (...args: tf.Tensor[]) => {
    const moved = Object.fromEntries(gradientInputs.map((name, i) => [name, args[i]]));
    const { output, features } = network.forward(ours.input({ ...inputs, ...moved }) as never, {
      taps: Object.values(others),
    });
    const summed = Object.keys(of.expected).filter((name) => of.loss.includes(`sum(${name} * `));
    const terms = summed.map((name) => {
      const value = name === 'out' ? output : features[others[name]];
      return tf.sum(tf.mul(value, inputs[`cotangent.${name}`] ?? inputs.cotangent));
    });
    return tf.addN(terms);
  };
  const gradients = tf.tidy(() =>
    tf.grads(loss)([...gradientInputs.map((name) => inputs[name]), ...Object.values(variables)]),
  );
  const hosts = gradients.map((value, i) => {
    const shape = i < gradientInputs.length && value.rank === 4 ? nchw(value.shape) : value.shape;
    const data = i < gradientInputs.length ? officialOrder(value) : value.dataSync<'float32'>().slice();
    return { shape, dtype: 'float32', data } satisfies HostTensor;
  });
  const ofInputs = Object.fromEntries(of.grad_inputs.map((name, i) => [name, hosts[i]]));
  const ofWeights = Object.fromEntries(
    Object.keys(variables).map((name, i) => [name, hosts[gradientInputs.length + i]]),
  );
  const found: HostTensors = { ...ofInputs, ...toOfficial(ofWeights, names) };
  const zero = new Set(of.zero_grad);
  const compared = Object.keys(of.gradients).filter((name) => Object.hasOwn(found, name) && !zero.has(name));
  const parity = {
    outputs,
    taps: tapErrors,
    gradients: Object.fromEntries(
      compared.map((name) => [name, relativeError(numbersOf(found[name]), numbersOf(of.gradients[name]))]),
    ),
    zeroGradient: Math.max(0, ...of.zero_grad.flatMap((name) => Array.from(numbersOf(found[name]), Math.abs))),
    unmatched: [...missingFrom(found, of.gradients), ...missingFrom(of.gradients, found)],
  };
  tf.dispose([Object.values(inputs), pass, gradients] as tf.TensorContainer);
  if (tf.memory().numTensors !== kept) throw new Error(`${tf.memory().numTensors - kept} tensors leaked`);
  network.dispose();
  return parity;
}

export const missingFrom = (a: HostTensors, b: HostTensors) => Object.keys(b).filter((name) => !Object.hasOwn(a, name));

export const mapValues = <A, B>(
  record: Readonly<Record<string, A>>,
  f: (value: A, name: string) => B,
): Record<string, B> => Object.fromEntries(Object.entries(record).map(([name, value]) => [name, f(value, name)]));

export const nchw = ([batch, height, width, channels]: number[]) => [batch, channels, height, width];

/** The values of a tensor of ours in the official order: channels first, for images and maps. */
export function officialOrder(value: tf.Tensor): Float32Array {
  return tf.tidy(() => (value.rank === 4 ? tf.transpose(value, [0, 3, 1, 2]) : value).dataSync<'float32'>().slice());
}

/** A tensor of the fixtures on the device: images become NHWC. */
export function deviceTensor(host: HostTensor): tf.Tensor {
  return tf.tidy(() => {
    const values = tf.tensor(numbersOf(host), [...host.shape], host.dtype.startsWith('int') ? 'int32' : 'float32');
    return host.shape.length === 4 ? tf.transpose(values, [0, 2, 3, 1]) : values;
  });
}
