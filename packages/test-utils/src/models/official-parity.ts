import { numbersOf, type HostTensor, type HostTensors } from '@diptych/formats';
import { fromOfficial, loadStateDict, stateDict, toOfficial } from '@diptych/models';
import * as tf from '@tensorflow/tfjs-core';
import { relativeError } from '../ops/relative-error.ts';
import type { OfficialCase } from './official-case.ts';
import type { ComputedTap, OfficialNetwork } from './official-network.ts';

/** The error of each named tensor, relative to its largest value. */
export type Errors = Record<string, number>;

/** How far our network is from the official one. */
export interface OfficialParity {
  outputs: Errors;
  taps: Errors;
  /** Weights that a pass in training mode has overwritten. */
  after: Errors;
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
  const given = Object.entries(of.io).filter(([name]) => !name.startsWith('after.'));
  const inputs = mapValues(Object.fromEntries(given), deviceTensor);
  const error = (name: string, value: tf.Tensor) => relativeError(officialOrder(value), numbersOf(of.io[name]));

  const tapOf = (name: string) => ours.tap(name.replace(/^tap\./, ''));
  const tapsOf = (tap: string | ComputedTap | undefined) => (typeof tap === 'object' ? tap.taps : (tap ?? []));
  const taps = [...Object.keys(of.taps).map(tapOf), ...Object.values(others)].flatMap(tapsOf);
  const training = ours.training ?? false;
  const run = (official: Record<string, tf.Tensor>, taps: readonly string[]) => {
    const input = ours.input(official);
    const { output: raw, features } = network.forward(input as never, { taps, training });
    return { input, raw, features, output: ours.result?.(raw, official) ?? raw };
  };
  const valueOf = (tap: string | ComputedTap, of: ReturnType<typeof run>) =>
    typeof tap === 'string' ? of.features[tap] : tap.value(of.features, of);
  const pass = tf.tidy(() => run(inputs, taps));
  const after = Object.keys(of.io).filter((name) => name.startsWith('after.'));
  const changed = after.length ? toOfficial(await stateDict(network), names) : {};
  const outputs = mapValues(of.expected, (_, name) => {
    if (!ours.guided?.[name])
      return tf.tidy(() => error(name, name === 'out' ? pass.output : valueOf(others[name], pass)));
    const guided = ours.guided[name](inputs);
    const distance = error(name, guided);
    guided.dispose();
    return distance;
  });
  const tapErrors = mapValues(of.taps, (_, name) => {
    const tap = tapOf(name);
    return tf.tidy(() => error(name, tap === undefined ? pass.output : valueOf(tap, pass)));
  });
  const afterErrors = Object.fromEntries(
    after.map((name) => {
      const ours = changed[name.slice('after.'.length)];
      return [name, ours ? relativeError(numbersOf(ours), numbersOf(of.io[name])) : Infinity] as const;
    }),
  );
  // A pass in training may have changed them.
  if (training) loadStateDict(network, fromOfficial(of.weights, names));

  const variables = network.trainableVariables();
  const gradientInputs = of.grad_inputs.map((name) => name.slice('input.'.length));
  const loss = (...args: tf.Tensor[]) => {
    const moved = Object.fromEntries(gradientInputs.map((name, i) => [name, args[i]]));
    const moving = run({ ...inputs, ...moved }, Object.values(others).flatMap(tapsOf));
    const summed = Object.keys(of.expected).filter((name) => of.loss.includes(`sum(${name} * `));
    const terms = summed.map((name) => {
      const value = name === 'out' ? moving.output : valueOf(others[name], moving);
      return tf.sum(tf.mul(value, inputs[`cotangent.${name}`] ?? inputs.cotangent));
    });
    return tf.addN(terms);
  };
  const sources = [...gradientInputs.map((name) => inputs[name]), ...Object.values(variables)];
  const gradients = tf.tidy(() => {
    // A weight that the case gives nothing to, such as that of an absent augmentation, has no path to the loss.
    const { grads } = tf.engine().gradients(() => loss(...sources), sources, undefined, true);
    return sources.map((source, i) => (grads[i] as tf.Tensor | null) ?? tf.zerosLike(source));
  });
  const hosts = gradients.map((value, i) => {
    const shape = i < gradientInputs.length && value.rank === 4 ? nchw(value.shape) : value.shape;
    const data = i < gradientInputs.length ? officialOrder(value) : value.dataSync<'float32'>().slice();
    return { shape, dtype: 'float32', data } satisfies HostTensor;
  });
  const ofInputs = Object.fromEntries(of.grad_inputs.map((name, i) => [name, hosts[i]]));
  const ofWeights = Object.fromEntries(
    Object.keys(variables).map((name, i) => [name, hosts[gradientInputs.length + i]]),
  );
  const found = summarized({ ...ofInputs, ...toOfficial(ofWeights, names) }, of.gradients);
  const zero = new Set(of.zero_grad);
  const compared = Object.keys(of.gradients).filter((name) => Object.hasOwn(found, name) && !zero.has(name));
  const parity = {
    outputs,
    taps: tapErrors,
    after: afterErrors,
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

/** Gradients as the case holds them: of large ones the first numbers and the length. */
function summarized(found: HostTensors, held: HostTensors): HostTensors {
  const short = Object.keys(held).flatMap((name) => (name.startsWith('head.') ? [name.slice('head.'.length)] : []));
  const parts = short
    .filter((name) => Object.hasOwn(found, name))
    .flatMap((name) => {
      const numbers = Float32Array.from(numbersOf(found[name]));
      const head = numbers.slice(0, held[`head.${name}`].data.length);
      const norm = Float32Array.of(Math.sqrt(numbers.reduce((sum, n) => sum + n * n, 0)));
      return [
        [`head.${name}`, { shape: [head.length], dtype: 'float32', data: head }],
        [`norm.${name}`, { shape: [], dtype: 'float32', data: norm }],
      ] as const;
    });
  const rest = Object.entries(found).filter(([name]) => !short.includes(name));
  return Object.fromEntries<HostTensor>([...rest, ...parts]);
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
