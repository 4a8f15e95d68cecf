import { Tensor, type NamedTensorMap } from '@tensorflow/tfjs-core';
import { check, DiptychError, reasonOf } from '@diptych/formats/errors';
import { writeSafetensors, type HostTensor, type HostTensors } from '@diptych/formats';
import type { AnyBlock } from '../../base/block.ts';
import { NetworkBlock } from '../../base/network-block.ts';
import { Autoencoder } from '../../networks/autoencoder/autoencoder.ts';
import { checkNormalizer, type LatentNormalizer } from '../../networks/autoencoder/latent-normalizer.ts';
import { stateDict } from '../state-dict.ts';
import { shownName, type NetworkClass } from './network-classes.ts';
import { encodeHeader } from './network-format.ts';
import { processOf, type PlainOptions, type ProcessMaker, type ProcessRecipe } from './processes.ts';

const where = 'saveNetwork';

/** Options of `saveNetwork`. */
export interface SaveNetworkOptions {
  /** What it was trained as, `['edm', { sigmaData: 0.75 }]`: see `processOf`. Without it, whoever samples must know. */
  diffusion?: ProcessRecipe;
  /** Makers of processes that this package does not know. */
  processes?: Readonly<Record<string, ProcessMaker>>;
  /** For a network of latents: what they were normalised by. An autoencoder's own is saved without being named. */
  normalizer?: LatentNormalizer;
  /** The layer whose features are best. Default that of self-conditioning, else the middle one. */
  tap?: string;
  /** Other weights than those that it has now: a running average `run.ema`, or `checkpointWeights(checkpoint, 'ema.slow')`. */
  weights?: HostTensors | NamedTensorMap;
  /** Options that make this network, of a class that does not keep its own. Default `network.getConfig()`. */
  options?: PlainOptions;
  /** Yours: strings by name. */
  metadata?: Readonly<Record<string, string>>;
}

/**
 * A network as one safetensors file: its class, its options, its weights, and what is needed to use it. `loadNetwork` and
 * `loadAutoencoder` read it; every other reader of safetensors can read the weights.
 *
 * The options are tried before anything is written: a class that they do not make again is refused.
 *
 * **Memory** the weights on the host, and the file.
 *
 * @throws DiptychError if the options do not make this network, its weights are not those given, or a tap or process is unknown
 * @example
 * const bytes = await saveNetwork(network, { diffusion: ['edm', { sigmaData: 0.75 }], weights: run.ema });
 */
export async function saveNetwork(network: AnyBlock, options: SaveNetworkOptions = {}): Promise<Uint8Array> {
  const { diffusion, processes, normalizer, weights, metadata = {} } = options;
  const { className } = network.constructor as unknown as NetworkClass;
  const own = Object.hasOwn(network.constructor, 'className') && className;
  check(own, where, 'class', 'named: static className = ...', network.constructor.name);
  const plain = options.options ?? plainOptions(network);
  network.build();
  checkAgain(network, plain);
  // As it will be read: what JSON cannot say is refused now.
  if (diffusion) processOf(JSON.parse(JSON.stringify(diffusion)) as ProcessRecipe, processes);
  if (normalizer) {
    check(!(network instanceof Autoencoder), where, 'normalizer', 'set on an autoencoder itself', 'one beside it');
    checkNormalizer(where, normalizer, normalizer.mean?.length ?? 0);
  }
  const tap = options.tap ?? usualTap(network);
  const taps = network instanceof NetworkBlock ? [...network.tapNames(), ...network.namedBlocks().keys()] : [];
  check(tap === undefined || taps.includes(tap), where, 'tap', `of ${taps.slice(0, 40).join(', ')}`, tap);
  const strings = Object.values(metadata).every((value) => typeof value === 'string');
  check(strings, where, 'metadata', 'strings by name', metadata);
  const tensors = weights ? await hostWeights(network, weights) : await stateDict(network);
  return writeSafetensors(tensors, encodeHeader({ className, options: plain, diffusion, normalizer, tap, metadata }));
}

/** What tfjs adds to a configuration, and what differs from one instance to the next. */
const ofTfjs = ['name', 'trainable', 'batchInputShape', 'inputShape', 'dtype', 'inputDType', 'batchSize'];

function plainOptions(network: AnyBlock): PlainOptions {
  return Object.fromEntries(Object.entries(network.getConfig()).filter(([name]) => !ofTfjs.includes(name)));
}

/** Refuses options that make another network: other names or shapes of weights. */
function checkAgain(network: AnyBlock, options: PlainOptions): void {
  const name = shownName((network.constructor as unknown as NetworkClass).className);
  let again: AnyBlock;
  try {
    again = new (network.constructor as unknown as NetworkClass)(options as never);
  } catch (cause) {
    const rule = `such that new ${name}(options) works; pass { options } for a class that does not hand its own to super()`;
    const value = reasonOf(cause);
    throw new DiptychError({ where, parameter: 'options', rule, value }, { cause });
  }
  if (!again.declared) again.build();
  const shapes = (of: AnyBlock) =>
    JSON.stringify(Object.entries(of.parameterSpecs()).map(([weight, { shape }]) => [weight, shape]));
  const rule = `such that new ${name}(options) has the weights of this network; pass { options } for a class that does not hand its own to super()`;
  const same = shapes(again) === shapes(network);
  again.dispose();
  check(same, where, 'options', rule, JSON.stringify(options));
}

function usualTap(network: AnyBlock): string | undefined {
  if (!(network instanceof NetworkBlock)) return undefined;
  const taps = network.tapNames();
  const conditioning = taps.find((tap) => tap.endsWith('selfConditioning.pooled'));
  return conditioning ?? taps[Math.floor((taps.length - 1) / 2)];
}

/** Weights that stand in for the network's, under its names and in its shapes. */
async function hostWeights(
  network: AnyBlock,
  weights: HostTensors | NamedTensorMap,
): Promise<Record<string, HostTensor>> {
  const specs = network.parameterSpecs();
  const missing = Object.keys(specs).filter((name) => !Object.hasOwn(weights, name));
  const unexpected = Object.keys(weights).filter((name) => !Object.hasOwn(specs, name));
  const wrong = Object.keys(specs).filter((name) => {
    return Object.hasOwn(weights, name) && String(weights[name].shape) !== String(specs[name].shape);
  });
  const faults = Object.entries({ missing, unexpected, 'wrongly shaped': wrong }).flatMap(([fault, names]) =>
    names.length
      ? [`${fault}: ${names.slice(0, 8).join(', ')}${names.length > 8 ? ` (${names.length} in all)` : ''}`]
      : [],
  );
  check(faults.length === 0, where, 'weights', 'those of this network by name and shape', faults.join('; '));
  const read = async (name: string): Promise<HostTensor> => {
    const value = weights[name];
    if (!(value instanceof Tensor)) return value;
    return { shape: [...value.shape], dtype: 'float32', data: Float32Array.from(await value.data()) };
  };
  return Object.fromEntries(
    await Promise.all(Object.keys(specs).map(async (name) => [name, await read(name)] as const)),
  );
}
