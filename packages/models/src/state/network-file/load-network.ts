import type { Diffusion } from '@diptych/core';
import { check, checkOptions, DiptychError, fail, rules, type OptionRules } from '@diptych/formats/errors';
import { openSafetensors, readSafetensors, urlFile } from '@diptych/formats';
import type { HostTensors, RangedFile, SafetensorsFile, SingleSafetensorsFile, UrlFileOptions } from '@diptych/formats';
import type { AnyBlock } from '../../base/block.ts';
import { withinBudget, type WeightBudget } from '../../base/weight-budget.ts';
import { NetworkBlock } from '../../base/network-block.ts';
import { Autoencoder } from '../../networks/autoencoder/autoencoder.ts';
import { checkNormalizer } from '../../networks/autoencoder/latent-normalizer.ts';
import type { LatentNormalizer } from '../../networks/autoencoder/latent-normalizer.ts';
import { loadStateDict } from '../load-state-dict.ts';
import { networkClasses, shownName, type NetworkClass } from './network-classes.ts';
import { decodeHeader, type NetworkHeader } from './network-format.ts';
import { processOf, type PlainOptions, type ProcessMaker } from './processes.ts';

/** Where a network file lies: its bytes, a URL that answers range requests, or a file of which ranges or tensors can be read. */
export type NetworkSource = Uint8Array | ArrayBuffer | URL | string | RangedFile | SafetensorsFile;

/** Options of `loadNetwork` and `loadAutoencoder`. */
export interface LoadNetworkOptions extends UrlFileOptions {
  /** Classes that this package does not know, with their `className`. */
  classes?: readonly NetworkClass[];
  /** Processes that it does not know, by name. */
  processes?: Readonly<Record<string, ProcessMaker>>;
  /** Options instead of those in the file, such as `{ variance: 'dropped' }`; the weights must fit all the same. */
  options?: PlainOptions;
}

const known = {
  headers: rules.object,
  signal: rules.signal,
  fetch: rules.callback,
  classes: rules.list(rules.callback),
  processes: rules.object,
  options: rules.object,
} satisfies OptionRules<LoadNetworkOptions>;

/** A network and what its file says of it. */
export interface LoadedNetwork<N extends AnyBlock = NetworkBlock> {
  network: N;
  /** What it was trained as. Reading it throws where the file names none. */
  readonly diffusion: Diffusion;
  /** What its latents are normalised by, if it is a network of latents. */
  normalizer?: LatentNormalizer;
  /** The layer whose features are best, or the middle one. */
  tap: string;
  /** What whoever saved it said of it. */
  metadata: Readonly<Record<string, string>>;
}

/** An autoencoder and what its file says of it. */
export interface LoadedAutoencoder {
  autoencoder: Autoencoder;
  metadata: Readonly<Record<string, string>>;
}

/**
 * Reads a denoising network from one file: class, options and weights, and with them the process, the normalizer of its latents and the
 * layer for features. Our own classes need no code; others are handed in.
 *
 * **Memory** the weights on the host until they are on the device. The caller owns the network: `dispose()`.
 *
 * @param source the bytes of a file, its URL, or a file opened for ranges; `loadNetworkFile` of `@diptych/models/node` takes a path
 * @throws DiptychError if the file is none, or of a newer format, an unknown class or an autoencoder, or its options do not fit
 * @example
 * const { network, diffusion } = await loadNetwork(await (await fetch('digits.safetensors')).arrayBuffer());
 * const images = await sample(heun(), denoiser(network, diffusion), { sigmas: karrasSigmas(18), shape: [16, 8, 8, 1], key: key(0) });
 */
export async function loadNetwork<N extends AnyBlock = NetworkBlock>(
  source: NetworkSource,
  options: LoadNetworkOptions = {},
): Promise<LoadedNetwork<N>> {
  const where = 'loadNetwork';
  const { header, block } = await load(where, source, options, (made, name) => {
    check(
      !(made instanceof Autoencoder),
      where,
      'file',
      'one of a denoising network; loadAutoencoder reads this',
      name,
    );
  });
  const { diffusion, normalizer, tap, metadata } = header;
  const taps = block instanceof NetworkBlock ? block.tapNames() : [];
  const { processes } = options;
  return {
    network: block as N,
    get diffusion(): Diffusion {
      const rule = 'in the file; name it when saving: saveNetwork(network, { diffusion: [name, options] })';
      check(diffusion, where, 'diffusion', rule, 'none');
      return processOf(diffusion, processes);
    },
    ...(normalizer && { normalizer: checkNormalizer(where, normalizer, normalizer.mean?.length ?? 0) }),
    tap: tap ?? taps[Math.floor((taps.length - 1) / 2)],
    metadata,
  };
}

/**
 * Reads an autoencoder from one file, with the normalizer of its latents.
 *
 * **Memory** the weights on the host until they are on the device. The caller owns the autoencoder: `dispose()`.
 *
 * @throws DiptychError if the file is none, or of a newer format, an unknown class or another network, or its options do not fit
 * @example
 * const { autoencoder } = await loadAutoencoder('https://example.org/kl-f8.safetensors');
 * const images = autoencoder.images(latents);
 */
export async function loadAutoencoder(
  source: NetworkSource,
  options: LoadNetworkOptions = {},
): Promise<LoadedAutoencoder> {
  const where = 'loadAutoencoder';
  const { header, block } = await load(where, source, options, (made, name) => {
    check(made instanceof Autoencoder, where, 'file', 'one of an autoencoder; loadNetwork reads this', name);
  });
  return { autoencoder: block as Autoencoder, metadata: header.metadata };
}

/** The network of a file; `checkKind` refuses others before the weights are read. */
async function load(
  where: string,
  source: NetworkSource,
  options: LoadNetworkOptions,
  checkKind: (block: AnyBlock, name: string) => void,
): Promise<{ header: NetworkHeader; block: AnyBlock }> {
  const {
    classes = [],
    processes: _,
    options: instead = {},
    ...url
  } = checkOptions<LoadNetworkOptions>(where, options, known);
  const file = await opened(source, url);
  const header = decodeHeader(where, file.metadata);
  const all = [...classes, ...networkClasses];
  const found = all.find(({ className }) => className === header.className);
  const names = all.map(({ className }) => shownName(className)).join(', ');
  const rule = `of ${names}; another one is handed in: { classes: [${shownName(header.className)}] }`;
  check(found, where, 'class of the file', rule, shownName(header.className));
  const block = made(where, found, { ...header.options, ...instead }, budgetOf(file));
  checkKind(block, shownName(header.className));
  if (!block.declared) block.build();
  const specs = block.parameterSpecs();
  const same =
    file.names.length === Object.keys(specs).length && file.names.every((name) => Object.hasOwn(specs, name));
  const wanted = same ? undefined : differences(Object.keys(specs), file.names);
  check(same, where, 'weights of the file', `those that its options describe: ${misfit(instead)}`, wanted);
  fill(where, block, await file.read(), instead);
  return { header, block };
}

/** A file, and what it says of the shapes of its tensors where that is known before they are read. */
interface OpenedFile extends SafetensorsFile {
  tensors?: { shape: readonly number[] }[];
}

async function opened(source: NetworkSource, url: UrlFileOptions): Promise<OpenedFile> {
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) {
    const { tensors, metadata } = readSafetensors(source);
    return { names: Object.keys(tensors), metadata, tensors: Object.values(tensors), read: async () => tensors };
  }
  if (typeof source === 'string' || source instanceof URL) {
    const isUrl = URL.canParse(String(source)) || typeof location !== 'undefined';
    const rule = 'bytes or a URL; loadNetworkFile of @diptych/models/node takes a path';
    check(isUrl, 'loadNetwork', 'source', rule, source);
    return described(await openSafetensors(await urlFile(source, url)));
  }
  if ('readRange' in source) return described(await openSafetensors(source));
  const opens = typeof source?.read === 'function' && Array.isArray(source.names);
  check(opens, 'loadNetwork', 'source', 'bytes, a URL, or a file opened for ranges', source);
  return described(source);
}

function described(file: SafetensorsFile): OpenedFile {
  const { tensors } = file as Partial<SingleSafetensorsFile>;
  const shapes = tensors instanceof Map ? { tensors: [...tensors.values()] as { shape: readonly number[] }[] } : {};
  return { names: file.names, metadata: file.metadata, read: (names) => file.read(names), ...shapes };
}

/** What the network of a file may declare: enough beyond its tensors that a changed option is told by the names and shapes it asks for. */
function budgetOf({ names, tensors }: OpenedFile): WeightBudget {
  const sizes = tensors?.map(({ shape }) => shape.reduce((product, n) => product * n, 1));
  const values = sizes?.reduce((sum, n) => sum + n, 0) ?? Infinity;
  return { weights: 2 * names.length + 1000, values: 2 * values + 2 ** 20 };
}

/** Refuses numbers of blocks for each of which there would be no tensor: they size lists before a weight is declared. */
function checkLoops(where: string, options: PlainOptions, { weights }: WeightBudget): void {
  const { depth, blocks, multipliers, encoderBlocks, decoderBlocks } = options;
  const levels = Array.isArray(multipliers) ? multipliers.length : 1;
  const sum = (of: unknown) => (Array.isArray(of) ? of.reduce<number>((total, n) => total + Number(n), 0) : 0);
  const counts = {
    depth,
    blocks: Number(blocks) * levels,
    encoderBlocks: sum(encoderBlocks),
    decoderBlocks: sum(decoderBlocks),
  };
  for (const [name, count] of Object.entries(counts)) {
    if (Number(count) > weights) fail(where, `${name} asks for more than ${weights} blocks`);
  }
}

function made(where: string, found: NetworkClass, options: PlainOptions, budget: WeightBudget): AnyBlock {
  try {
    checkLoops(where, options, budget);
    return withinBudget(where, budget, () => new found(options as never));
  } catch (cause) {
    if (!DiptychError.isInstance(cause)) throw cause;
    const name = shownName(found.className);
    const rule = `those of ${name} in this version of the library (${(cause as Error).message}); they were changed, or a newer version wrote them`;
    throw new DiptychError(
      { where, parameter: 'options of the file', rule, value: JSON.stringify(options) },
      { cause },
    );
  }
}

function fill(where: string, block: AnyBlock, tensors: HostTensors, instead: PlainOptions): void {
  try {
    loadStateDict(block, tensors);
  } catch (cause) {
    block.dispose();
    if (!DiptychError.isInstance(cause)) throw cause;
    const rule = `those that its options describe: ${misfit(instead)}`;
    const value = 'value' in cause.details ? cause.details.value : cause.details.sentence;
    throw new DiptychError({ where, parameter: 'weights of the file', rule, value }, { cause });
  }
}

const misfit = (instead: PlainOptions) =>
  Object.keys(instead).length
    ? `with ${JSON.stringify(instead)} instead, they are of another network`
    : 'an option was changed after the weights were written';

function differences(wanted: readonly string[], given: readonly string[]): string {
  const list = (of: readonly string[]) => `${of.slice(0, 4).join(', ')}${of.length > 4 ? ', …' : ''}`;
  const [known, there] = [new Set(wanted), new Set(given)];
  const missing = wanted.filter((name) => !there.has(name));
  const unexpected = given.filter((name) => !known.has(name));
  return [
    ...(missing.length ? [`missing: ${list(missing)}`] : []),
    ...(unexpected.length ? [`unexpected: ${list(unexpected)}`] : []),
  ].join('; ');
}
