import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  denoiser,
  edm,
  euler,
  flowSchedule,
  karrasSigmas,
  key,
  sample,
  type NetworkInput,
  readFeatures,
} from '@diptych/core';
import { DiptychError } from '@diptych/formats/errors';
import { tensorOf } from '@diptych/test-utils/ops';
import { readSafetensors, writeSafetensors } from '@diptych/formats';
import * as tf from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { normalInit } from '../../base/initialization.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AnyBlock } from '../../base/block.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { Conv2d } from '../../blocks/convolution/conv2d.ts';
import { DiT } from '../../networks/dit/dit.ts';
import { NetworkBlock } from '../../base/network-block.ts';
import { AutoencoderKL } from '../../networks/autoencoder/autoencoder-kl.ts';
import { AutoencoderTiny } from '../../networks/autoencoder/autoencoder-tiny.ts';
import { loadAutoencoderFile, loadNetworkFile, saveNetworkFile } from '../../node/network-file.ts';
import { Edm2UNet } from '../../networks/edm2/edm2-unet.ts';
import { UNet } from '../../networks/unet/unet.ts';
import { UViT } from '../../networks/uvit/uvit.ts';
import { stateDict } from '../state-dict.ts';
import { loadAutoencoder, loadNetwork } from './load-network.ts';
import { processOf } from './processes.ts';
import { saveNetwork } from './save-network.ts';

/** An architecture of somebody else. */
class Mine extends NetworkBlock {
  static className = 'Mine';
  private readonly conv: Conv2d;

  constructor(options: BlockOptions & { channels: number }) {
    super(options);
    this.conv = this.part('conv', new Conv2d({ inputs: options.channels, outputs: options.channels }));
  }

  protected override predict({ x }: NetworkInput): tf.Tensor4D {
    return this.conv.forward(x);
  }
}

/** One that keeps its options to itself. */
class Forgetful extends Mine {
  static override className = 'Forgetful';
  constructor({ channels = 1 }: { channels?: number } = {}) {
    super({ channels });
  }
}
class Secretive extends NetworkBlock {
  static className = 'Secretive';
  private readonly conv: Conv2d;

  constructor({ channels = 1 }: { channels?: number } = {}) {
    super({});
    this.conv = this.part('conv', new Conv2d({ inputs: channels, outputs: channels }));
  }

  protected override predict({ x }: NetworkInput): tf.Tensor4D {
    return this.conv.forward(x);
  }
}

const uvit = () =>
  new UViT({
    ...{ image: [4, 4, 1], patch: 2, width: 8, depth: 2, heads: 2, classes: 3, seed: 5 },
    ...{ selfConditioning: { after: 'in.0', zeroInit: false }, initialStd: { linear: 0.2 } },
  });
const input = () => ({ x: tensorOf<tf.Rank.R4>([2, 4, 4, 1], 1), noise: tensorOf<tf.Rank.R1>([2], 2) });
const header = (bytes: Uint8Array) => readSafetensors(bytes);
/** The file with other metadata, or other tensors. */
const changed = (bytes: Uint8Array, metadata: Record<string, string>) => {
  const file = header(bytes);
  return writeSafetensors(file.tensors, { ...file.metadata, ...metadata });
};

describe('network files', () => {
  let folder = '';
  beforeAll(async () => {
    await tf.setBackend('cpu');
    folder = mkdtempSync(join(tmpdir(), 'network-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeEach(() => tf.engine().startScope());
  afterEach(() => {
    tf.engine().endScope();
    tf.disposeVariables();
  });

  it('give a network back that computes the same bits, with its process, tap and metadata', async () => {
    const network = uvit();
    const bytes = await saveNetwork(network, { diffusion: ['edm', { sigmaData: 0.75 }], metadata: { step: '12' } });
    const loaded = await loadNetwork(bytes);
    expect(loaded.network).toBeInstanceOf(UViT);
    expect(loaded.network.forward(input()).output.dataSync()).toEqual(network.forward(input()).output.dataSync());
    expect(await stateDict(loaded.network)).toEqual(await stateDict(network));
    expect(loaded.diffusion.precondition(0.3)).toEqual(edm({ sigmaData: 0.75 }).precondition(0.3));
    expect([loaded.tap, loaded.metadata]).toEqual(['selfConditioning.pooled', { step: '12' }]);
    // The same network and options give the same bytes, again and from what was loaded.
    const again = await saveNetwork(loaded.network, {
      diffusion: ['edm', { sigmaData: 0.75 }],
      metadata: { step: '12' },
    });
    expect(again).toEqual(bytes);
  });

  it('are sampled from and read for features as they come', async () => {
    const { network, diffusion, tap } = await loadNetwork(await saveNetwork(uvit(), { diffusion: ['edm'] }));
    const options = { sigmas: karrasSigmas(2), shape: [2, 4, 4, 1] as const, key: key(0) };
    const images = await sample(euler(), denoiser(network, diffusion), { ...options, shape: [2, 4, 4, 1] });
    const features = readFeatures(network, diffusion, images as tf.Tensor4D, 0.1, [tap]);
    expect(features[tap].shape).toEqual([2, 8]);
  });

  it.each([
    ['DiT', () => new DiT({ image: [4, 4, 2], patch: 2, width: 8, depth: 2, heads: 2, rotary: true, seed: 2 })],
    ['UViT', uvit],
  ])('hold a %s with nothing but its options in the header', async (name, make) => {
    const bytes = await saveNetwork(make());
    expect(header(bytes).metadata).toMatchObject({ format: 'diptych.network/1', class: `Diptych${name}` });
    const options = JSON.parse(header(bytes).metadata.options) as Record<string, unknown>;
    expect(options).toMatchObject({ patch: 2, width: 8 });
    expect(Object.keys(options)).not.toContain('name');
    expect((await loadNetwork(bytes)).tap).toBe(name === 'DiT' ? 'block.0' : 'selfConditioning.pooled');
  });

  it('hold autoencoders with their normalizer, and networks with that of their latents', async () => {
    const normalizer = { mean: [1, 2], std: [0.5, 3] };
    const x = tensorOf<tf.Rank.R4>([1, 4, 4, 3], 3);
    for (const autoencoder of [
      new AutoencoderKL({ widths: [4, 4], groups: 2, latentChannels: 2, blocks: 1, normalizer }),
      new AutoencoderTiny({ width: 4, latentChannels: 2, encoderBlocks: [1, 1], decoderBlocks: [1, 1] }),
    ]) {
      autoencoder.normalizer = normalizer;
      const { autoencoder: again } = await loadAutoencoder(await saveNetwork(autoencoder));
      expect(again.normalizer).toEqual(normalizer);
      expect(again.latents(x).dataSync()).toEqual(autoencoder.latents(x).dataSync());
    }
    const dit = new DiT({ image: [2, 2, 2], patch: 1, width: 8, depth: 1, heads: 2 });
    const bytes = await saveNetwork(dit, { normalizer });
    expect((await loadNetwork(bytes)).normalizer).toEqual(normalizer);
    await expect(saveNetwork(dit, { normalizer: { mean: [1], std: [0] } })).rejects.toThrow(/above 0/);
  });

  it('hold other weights than those of the moment: averages, as tensors or from a checkpoint', async () => {
    const network = uvit();
    const doubled = Object.fromEntries(
      Object.entries(network.variables()).map(([name, variable]) => [name, tf.mul(variable, 2)]),
    );
    const first = Object.keys(doubled)[0];
    const { network: other } = await loadNetwork(await saveNetwork(network, { weights: doubled }));
    expect(other.variables()[first].dataSync()).toEqual(doubled[first].dataSync());
    const state = await stateDict(network);
    expect(await saveNetwork(network, { weights: state })).toEqual(await saveNetwork(network));
    const { [first]: _, ...rest } = state;
    await expect(saveNetwork(network, { weights: rest })).rejects.toThrow(`missing: ${first}`);
    const wide = { ...state, [first]: { ...state[first], shape: [1] } };
    await expect(saveNetwork(network, { weights: wide })).rejects.toThrow(`wrongly shaped: ${first}`);
  });

  it('work from a path, an index of several files, an ArrayBuffer and a URL of which only ranges are read', async () => {
    const network = uvit();
    const path = join(folder, 'uvit.safetensors');
    await saveNetworkFile(path, network, { diffusion: ['edm'] });
    expect(readdirSync(folder)).toEqual(['uvit.safetensors']);
    const expected = network.forward(input()).output.dataSync();
    const of = ({ network: loaded }: { network: NetworkBlock }) => loaded.forward(input()).output.dataSync();
    expect(of(await loadNetworkFile(path))).toEqual(expected);
    const bytes = await saveNetwork(network);
    expect(of(await loadNetwork(bytes.buffer as ArrayBuffer))).toEqual(expected);
    const ranges: string[] = [];
    const server = createServer((request, response) => {
      const [start, end] = /bytes=(\d+)-(\d+)/
        .exec(request.headers.range ?? '')!
        .slice(1)
        .map(Number);
      ranges.push(request.headers.range!);
      const range = `bytes ${start}-${end}/${bytes.length}`;
      response.writeHead(206, { 'content-range': range }).end(Buffer.from(bytes.subarray(start, end + 1)));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as { port: number };
    const url = `http://127.0.0.1:${port}/uvit.safetensors`;
    expect(of(await loadNetwork(url))).toEqual(expected);
    expect(ranges.length).toBeGreaterThan(2);
    // A file of another kind is refused before its weights are asked for.
    ranges.length = 0;
    await expect(loadAutoencoder(new URL(url))).rejects.toThrow(/loadNetwork reads this, got "UViT"/);
    expect(ranges).toHaveLength(3);
    await new Promise((done) => server.close(done));
    await expect(loadNetwork('uvit.safetensors')).rejects.toThrow(
      /loadNetworkFile of @diptych\/models\/node takes a path/,
    );
    await expect(loadNetworkFile(join(folder, 'none.safetensors'))).rejects.toThrow(/the file cannot be read \(ENOENT/);
    await expect(loadAutoencoderFile(path)).rejects.toThrow(/one of an autoencoder/);
    writeFileSync(path, '');
    await expect(loadNetworkFile(path)).rejects.toThrow(/at least the 8 bytes/);
  });

  const frame = { image: [4, 8, 1], width: 8, multipliers: [1, 2], blocks: 1, attention: [2], classes: 2 } as const;
  it.each([
    [
      'UNet',
      () => new UNet({ ...frame, groups: 4, down: 'residual', selfConditioning: { after: 'mid', zeroInit: false } }),
    ],
    ['Edm2UNet', () => new Edm2UNet({ ...frame, headChannels: 8, balances: { residual: 0.4 }, selfConditioning: {} })],
  ] as const)('a %s comes back with the same bits, its options and its own class', async (_, make) => {
    const network = make();
    Object.values(network.variables()).forEach((v, i) => v.assign(tf.add(v, tensorOf(v.shape, i, { scale: 0.3 }))));
    const loaded = await loadNetwork(await saveNetwork(network));
    expect(loaded.network).toBeInstanceOf(network.constructor);
    expect(loaded.tap).toBe('selfConditioning.pooled');
    const input = {
      x: tensorOf<tf.Rank.R4>([1, 4, 8, 1], 1),
      noise: tensorOf<tf.Rank.R1>([1], 2),
      label: tf.tensor1d([1], 'int32'),
    };
    const [ours, theirs] = [network, loaded.network].map((of) => of.forward(input).output.dataSync());
    expect(theirs).toEqual(ours);
  });

  it('draws no first weights for a network that is read, and reads the weights of layers of tfjs', async () => {
    let drawn = 0;
    class Mixed extends NetworkBlock {
      static className = 'Mixed';
      private readonly dense = this.part('dense', layers.dense({ units: 2 }), [null, 2]);
      protected override predict({ x }: NetworkInput): tf.Tensor4D {
        return this.dense.apply(x) as tf.Tensor4D;
      }
    }
    class Counting extends NetworkBlock {
      static className = 'Counting';
      constructor() {
        super();
        this.declare('gain', [2], (_, own) => (drawn++, normalInit(1)([2], own)));
      }
      protected override predict({ x }: NetworkInput): tf.Tensor4D {
        return tf.mul(x, this.parameter('gain'));
      }
    }
    const x = tensorOf<tf.Rank.R4>([1, 2, 2, 2], 1);
    for (const Class of [Counting, Mixed]) {
      const network = new Class();
      const input = { x, noise: tf.zeros<tf.Rank.R1>([1]) };
      const expected = network.forward(input).output.dataSync();
      const bytes = await saveNetwork(network);
      drawn = 0;
      const loaded = await loadNetwork(bytes, { classes: [Class] });
      expect(loaded.network.forward(input).output.dataSync()).toEqual(expected);
      expect(drawn).toBe(0);
    }
  });

  it('hold an architecture of your own, for which the class is handed in', async () => {
    const network = new Mine({ channels: 2 });
    const bytes = await saveNetwork(network);
    await expect(loadNetwork(bytes)).rejects.toThrow(
      /of UViT, DiT, .* another one is handed in: { classes: \[Mine\] }, got "Mine"/,
    );
    const loaded = await loadNetwork<Mine>(bytes, { classes: [Mine] });
    expect(loaded.network).toBeInstanceOf(Mine);
    expect(await stateDict(loaded.network)).toEqual(await stateDict(network));
  });

  it('refuse a class whose options do not make it again, unless they are given', async () => {
    const network = new Secretive({ channels: 2 });
    await expect(saveNetwork(network)).rejects.toThrow(
      /options must be such that new Secretive\(options\) has the weights/,
    );
    const bytes = await saveNetwork(network, { options: { channels: 2 } });
    const loaded = await loadNetwork(bytes, { classes: [Secretive] });
    expect(await stateDict(loaded.network)).toEqual(await stateDict(network));
    expect((await loadNetwork(await saveNetwork(new Forgetful({ channels: 3 })), { classes: [Forgetful] })).tap).toBe(
      'conv',
    );
  });

  it('name a process of your own', async () => {
    const processes = { doubled: ({ by }: { by: number }) => edm({ sigmaData: by }) };
    const bytes = await saveNetwork(uvit(), { diffusion: ['doubled', { by: 2 }], processes });
    const known = await loadNetwork(bytes, { processes });
    expect(known.diffusion.sigmaData).toBe(2);
    const { network: _, ...rest } = Object.getOwnPropertyDescriptors(await loadNetwork(bytes));
    expect(() => (rest.diffusion as PropertyDescriptor).get!()).toThrow(
      /another one is handed in, { processes: { doubled } }/,
    );
    await expect(saveNetwork(uvit(), { diffusion: ['doubled'] })).rejects.toThrow(/of edm, vp, ve, iddpm, ddpm, flow/);
    await expect(saveNetwork(uvit(), { diffusion: ['edm', { sigmadata: 1 }] })).rejects.toThrow(
      /"sigmadata" is not an option; did you mean sigmaData/,
    );
    await expect(saveNetwork(uvit(), { diffusion: ['ve', { sigmaMax: Infinity }] })).rejects.toThrow(/sigmaMax/);
    const without = await loadNetwork(await saveNetwork(uvit()));
    expect(() => without.diffusion).toThrow(/diffusion must be in the file; name it when saving/);
  });

  it('explain themselves: another format, a newer one, a checkpoint, a changed option', async () => {
    const bytes = await saveNetwork(uvit());
    const refuse = (metadata: Record<string, string>) => expect(loadNetwork(changed(bytes, metadata))).rejects;
    await refuse({ format: 'diptych.network/2' }).toThrow(/version 1 at most.* a newer one wrote it/);
    await refuse({ format: 'pt' }).toThrow(/written by saveNetwork; official weights are read by readSafetensors/);
    await refuse({ format: 'diptych.checkpoint/1' }).toThrow(/a checkpoint of the trainer: saveNetwork/);
    await refuse({ options: '{' }).toThrow(/options in the metadata must be JSON/);
    await refuse({ options: '[]' }).toThrow(/options in the metadata must be an object/);
    const options = JSON.parse(header(bytes).metadata.options) as object;
    const other = (more: object) => refuse({ options: JSON.stringify({ ...options, ...more }) });
    await other({ width: 12, heads: 3 }).toThrow(
      /an option was changed after the weights were written, got "wrongly shaped/,
    );
    await other({ depth: 4 }).toThrow(/an option was changed after the weights were written, got "missing: in.1/);
    await other({ swirl: true }).toThrow(
      /those of UViT in this version.*they were changed, or a newer version wrote them/,
    );
    await other({ heads: 3 }).toThrow(/those of UViT in this version of the library \(.*divisible by/);
    const bare = writeSafetensors(header(bytes).tensors);
    await expect(loadNetwork(bare)).rejects.toThrow(/got "no format in its metadata"/);
  });

  it('are loaded with other options where the weights fit, and say so where they do not', async () => {
    const bytes = await saveNetwork(
      new DiT({ image: [4, 4, 2], patch: 2, width: 8, depth: 1, heads: 2, variance: 'predicted' }),
    );
    const { network } = await loadNetwork(bytes, { options: { variance: 'dropped' } });
    expect(network.forward({ ...input(), x: tf.zeros([2, 4, 4, 2]) }).output.shape).toEqual([2, 4, 4, 2]);
    await expect(loadNetwork(bytes, { options: { width: 16 } })).rejects.toThrow(
      /with {"width":16} instead, they are of another network/,
    );
  });

  it('leave no tensor when they are refused', async () => {
    const bytes = await saveNetwork(uvit());
    const options = JSON.parse(header(bytes).metadata.options) as object;
    const before = tf.memory().numTensors;
    const wrong = changed(bytes, { options: JSON.stringify({ ...options, width: 12, heads: 3 }) });
    await expect(loadNetwork(wrong)).rejects.toThrow(/wrongly shaped/);
    await expect(loadAutoencoder(bytes)).rejects.toThrow(/loadNetwork reads this/);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuse a tap that is none, and a class without a name', async () => {
    await expect(saveNetwork(uvit(), { tap: 'top' })).rejects.toThrow(/tap must be of in.0/);
    class Nameless extends Mine {}
    await expect(saveNetwork(new Nameless({ channels: 1 }))).rejects.toThrow(/static className/);
  });
});

describe('sizes that a file asks for', () => {
  beforeAll(() => tf.setBackend('cpu'));
  afterEach(() => tf.disposeVariables());

  const small = { image: [4, 4, 1], width: 8 } as const;
  const transformer = { ...small, patch: 2, depth: 2, heads: 2, classes: 3 } as const;
  const convolutional = { ...small, multipliers: [1, 1], blocks: 1, classes: 3, attention: [] } as const;
  const kinds: Record<string, () => AnyBlock> = {
    uvit: () => new UViT(transformer),
    dit: () => new DiT(transformer),
    unet: () => new UNet({ ...convolutional, embedding: 'learned', steps: 9 }),
    edm2: () => new Edm2UNet(convolutional),
    kl: () => new AutoencoderKL({ widths: [4, 4], groups: 2, blocks: 1 }),
    tiny: () => new AutoencoderTiny({ width: 4, encoderBlocks: [1], decoderBlocks: [1] }),
  };

  it.each<[string, string, object]>([
    ['uvit', 'depth', { depth: 1e5 }],
    ['uvit', 'depth', { depth: 2 ** 52 }],
    ['uvit', 'classes', { classes: 1e8 }],
    ['uvit', 'image', { image: [1e7, 1e7, 1] }],
    ['uvit', 'width', { width: 1e6 }],
    ['uvit', 'context', { context: { length: 1e9, width: 1e9 } }],
    ['dit', 'depth', { depth: 1e5 }],
    ['dit', 'depth', { depth: 900 }],
    ['dit', 'image', { image: [1e8, 1e8, 1], rotary: true }],
    ['dit', 'projectors', { projectors: { after: 'block.0', hidden: 1e7, outputs: [1e7] } }],
    ['unet', 'blocks', { blocks: 1e9 }],
    ['unet', 'blocks', { blocks: 1000, multipliers: [1, 1, 1] }],
    ['unet', 'steps', { steps: 1e9 }],
    ['unet', 'classes', { classes: 1e8 }],
    ['unet', 'frequencies', { frequencies: 2 ** 40 }],
    ['unet', 'attention', { attention: Array<number>(40000).fill(7) }],
    ['edm2', 'blocks', { blocks: 1e9 }],
    ['edm2', 'classes', { classes: 1e8 }],
    ['edm2', 'logvarChannels', { logvarChannels: 2 ** 50 }],
    ['kl', 'blocks', { blocks: 1e9 }],
    ['kl', 'widths', { widths: [2 ** 40, 2 ** 40], groups: 2 }],
    ['tiny', 'encoderBlocks', { encoderBlocks: [1e9], decoderBlocks: [1] }],
    ['tiny', 'encoderBlocks', { encoderBlocks: [1], decoderBlocks: [2 ** 40] }],
  ])('cost a %s with other %s neither time nor memory before they are refused', async (kind, _, asked) => {
    const { tensors, metadata } = readSafetensors(await saveNetwork(kinds[kind]()));
    const options = JSON.stringify({ ...(JSON.parse(metadata.options) as object), ...asked });
    const file = writeSafetensors(tensors, { ...metadata, options });
    const load = kind === 'kl' || kind === 'tiny' ? loadAutoencoder : loadNetwork;
    for (const source of [file, { size: file.length, readRange: async (a: number, b: number) => file.slice(a, b) }]) {
      const [begin, before] = [performance.now(), process.memoryUsage().rss];
      const refusal = await load(source).catch((error: unknown) => error);
      expect(refusal).toSatisfy(DiptychError.isInstance);
      expect(performance.now() - begin).toBeLessThan(2000);
      expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 28);
    }
  });

  it('are bounded for classes of others too, before their weights are drawn', async () => {
    const bytes = await saveNetwork(new Mine({ channels: 1 }));
    const { tensors, metadata } = readSafetensors(bytes);
    const file = writeSafetensors(tensors, { ...metadata, options: '{"channels":20000}' });
    await expect(loadNetwork(file, { classes: [Mine] })).rejects.toThrow(/weights of more than \d+ numbers/);
    const several = await loadNetwork(bytes, { classes: [Mine] });
    expect(several.network).toBeInstanceOf(Mine);
  });

  it.each<[string, object]>([
    ['ddpm', { steps: 1e9 }],
    ['iddpm', { levels: 1e9 }],
    ['ddpm', { steps: '9' }],
  ])('of the process %s %o are bounded', async (name, options) => {
    const bytes = await saveNetwork(kinds.uvit(), { diffusion: ['edm'] });
    const { tensors, metadata } = readSafetensors(bytes);
    const diffusion = JSON.stringify([name, options]);
    const loaded = await loadNetwork(writeSafetensors(tensors, { ...metadata, diffusion }));
    expect(() => loaded.diffusion).toThrow(/must be an integer in 1 \.\. 100000/);
  });

  it('are told apart from a network of the size: names and shapes in the message of a small change', async () => {
    const { tensors, metadata } = readSafetensors(await saveNetwork(kinds.uvit()));
    const options = (asked: object) => JSON.stringify({ ...(JSON.parse(metadata.options) as object), ...asked });
    const file = (asked: object) => writeSafetensors(tensors, { ...metadata, options: options(asked) });
    await expect(loadNetwork(file({ depth: 4 }))).rejects.toThrow(/missing: in\.1\./);
    await expect(loadNetwork(file({ classes: 4 }))).rejects.toThrow(/labelEmbedding.table is \[4,8\]/);
  });
});

describe('processOf', () => {
  it('ddpm: the chain and the labels of U-ViT and Stable Diffusion', () => {
    const diffusion = processOf(['ddpm', { betas: 'scaledLinear', firstLabel: 1 }]);
    const first = Math.sqrt(0.00085 / (1 - 0.00085));
    expect(diffusion.precondition(first).cNoise).toBeCloseTo(1, 6);
    expect(diffusion.sigmaQuantile(0)).toBeCloseTo(first, 9);
    expect(diffusion.precondition(first)).toMatchObject({ cSkip: 1, cOut: -first });
    const v = processOf(['ddpm', { prediction: 'v' }]).precondition(1);
    expect([v.cSkip, v.cOut]).toEqual([expect.closeTo(0.5, 9), expect.closeTo(-Math.SQRT1_2, 9)]);
  });

  it('flow: the time of SiT runs to the noise, that of LightningDiT to the data', () => {
    const sigma = flowSchedule().sigma(0.25);
    const noise = processOf(['flow']).precondition(sigma);
    const data = processOf(['flow', { towards: 'data', labelScale: 1000 }]).precondition(sigma);
    expect([noise.cNoise, data.cNoise]).toEqual([expect.closeTo(0.25, 9), expect.closeTo(750, 6)]);
    // x_t = 0.75 x0 + 0.25 n; x0 = x_t - t (n - x0) = x_t + t (x0 - n).
    expect([noise.cSkip / noise.cIn, noise.cOut]).toEqual([expect.closeTo(1, 9), expect.closeTo(-0.25, 9)]);
    expect([data.cSkip / data.cIn, data.cOut]).toEqual([expect.closeTo(1, 9), expect.closeTo(0.25, 9)]);
    expect(processOf(['flow', { times: 'logitNormal' }]).sigmaQuantile(0.5)).toBeCloseTo(1, 9);
  });

  it('refuses what it does not know', () => {
    expect(() => processOf(['ddpm', { betas: 'square' }])).toThrow(
      /betas must be one of "linear", "scaledLinear", "cosine"/,
    );
    expect(() => processOf(['ddpm', { prediction: 'y' }])).toThrow(/prediction must be one of/);
    expect(() => processOf(['flow', { towards: 'up' }])).toThrow(/towards must be one of/);
    expect(() => processOf(['flow', { times: 'none' }])).toThrow(/times must be one of/);
    expect(() => processOf(['vp', { beta: 1 }])).toThrow(/"beta" is not an option; did you mean beta(D|Min)/);
    expect(() => processOf(['toString'])).toThrow(/diffusion must be of edm/);
  });
});
