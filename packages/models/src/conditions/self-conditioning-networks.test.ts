import type { Network, NetworkInput } from '@diptych/core';
import { onEachBackend, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { unpatchify } from '@diptych/ops';
import { beforeEach, describe, expect, it } from 'vitest';
import { DiT } from '../networks/dit/dit.ts';
import type { DiTOptions } from '../networks/dit/dit-config.ts';
import { NetworkBlock } from '../base/network-block.ts';
import { Edm2UNet } from '../networks/edm2/edm2-unet.ts';
import type { UNetOptions } from '../networks/unet/unet-config.ts';
import { unetPresets } from '../networks/unet/unet-presets.ts';
import { UNet } from '../networks/unet/unet.ts';
import { UViT } from '../networks/uvit/uvit.ts';
import type { UViTOptions } from '../networks/uvit/uvit-config.ts';
import { DiTBlock } from '../networks/dit/dit-block.ts';
import { Linear } from '../blocks/mlp/linear.ts';
import { PatchEmbedding } from '../blocks/embedding/patch-embedding.ts';
import { SelfConditioning, type SelfConditioningOptions } from './self-conditioning.ts';
import { TimeEmbedding } from '../blocks/embedding/time-embedding.ts';

type Choices = Pick<SelfConditioningOptions, 'scale' | 'stopGradient'>;
const image = [8, 8, 1] as const;
const [width, heads] = [16, 2];

/** A network that the library does not have, with the block between two of its own. */
class Own extends NetworkBlock {
  static className = 'OwnNetwork';
  private readonly embed = this.part('embed', new PatchEmbedding({ image, patch: 2, width }));
  private readonly time = this.part('time', new TimeEmbedding({ width, hidden: width }));
  private readonly blocks = [0, 1, 2].map((i) => this.part(`block.${i}`, new DiTBlock({ width, heads })));
  private readonly guide?: SelfConditioning;
  private readonly last = this.part('last', new Linear({ inputs: width, outputs: 4 }));

  constructor(choices?: Choices) {
    super();
    if (choices) this.guide = this.part('selfConditioning', new SelfConditioning({ width, ...choices }));
  }

  protected predict({ x, noise }: NetworkInput): tf.Tensor4D {
    let condition = this.time.forward(noise);
    let h = this.embed.forward(x);
    for (const [i, block] of this.blocks.entries()) {
      h = block.forward(h, condition);
      if (this.guide && i === 0) condition = this.guide.forward(h, condition);
    }
    return unpatchify(this.last.forward(h) as tf.Tensor3D, 2, image);
  }
}

const dit = { image, patch: 2, width, depth: 3, heads, classes: 3 } as const satisfies DiTOptions;
const uvit = { image, patch: 2, width, depth: 2, heads, classes: 3 } as const satisfies UViTOptions;
const modern = { ...dit, norm: 'rms', mlp: 'swiGlu', rotary: true, qkNorm: 'rms', shift: false } as const;
const sit = { ...dit, projectors: { after: 'block.1', hidden: 4, outputs: [3] } };

const unet = { image, width: 8, multipliers: [1, 2], blocks: 1, groups: 4, classes: 3 } as const satisfies UNetOptions;
const edm2 = { image, width: 8, multipliers: [1, 2], blocks: 1, headChannels: 8, classes: 3 } as const;

/** Each network without and with self-conditioning, and the names of its blocks up to it and after it. */
const ditLike = (options: DiTOptions) => ({
  make: (choices?: Choices): Network => {
    return new DiT(choices ? { ...options, selfConditioning: { after: 'block.0', ...choices } } : options);
  },
  before: ['block.0'],
  after: ['block.1', 'block.2'],
});
const uvitLike = () => ({
  make: (choices?: Choices): Network => {
    return new UViT(choices ? { ...uvit, selfConditioning: { after: 'in.0', ...choices } } : uvit);
  },
  before: ['in.0'],
  after: ['mid', 'out.0'],
});
const unetLike = (options: UNetOptions) => ({
  make: (choices?: Choices): Network => {
    return new UNet(choices ? { ...options, selfConditioning: { after: 'out.2', ...choices } } : options);
  },
  before: ['in.1', 'in.2', 'mid', 'out.1', 'out.2'],
  after: ['out.3', 'out.4'],
  kernel: 'in.1.res.conv1.kernel',
});
const edm2Like = () => ({
  make: (choices?: Choices): Network => {
    return new Edm2UNet(choices ? { ...edm2, selfConditioning: { after: 'out.2', ...choices } } : edm2);
  },
  before: ['in.1', 'in.2', 'mid', 'out.1', 'out.2'],
  after: ['out.3', 'out.4'],
  kernel: 'in.1.convRes1.kernel',
});
const own = {
  make: (choices?: Choices): Network => new Own(choices),
  before: ['block.0'],
  after: ['block.1', 'block.2'],
};

const input = () => ({
  x: tensorOf<tf.Rank.R4>([2, ...image], 1),
  noise: tensorOf<tf.Rank.R1>([2], 2),
  label: tf.tensor1d([0, 2], 'int32'),
});

/** Moves the weights whose names match, each by what depends on its name's place in `names` alone. */
function stir(network: Network, names: readonly string[]): void {
  const weights = network.variables();
  names.forEach((name, i) => {
    const of = weights[name];
    of.assign(tf.add(of, tensorOf(of.shape, i, { scale: 0.3 })));
  });
}

onEachBackend('self-conditioning', () => {
  beforeEach(() => {
    tf.engine().startScope();
    return () => tf.engine().endScope();
  });

  describe.each([
    ['UViT', uvitLike()],
    ['DiT', ditLike(dit)],
    ['LightningDiT', ditLike(modern)],
    ['SiT', ditLike(sit)],
    ['DiT of the flavor diffusers', ditLike({ ...dit, flavor: 'diffusers' })],
    ['UNet', unetLike({ ...unet, attention: [4] })],
    ['NCSN++', unetLike({ ...unetPresets['edm-ncsnpp'], ...unet, initials: 'uniform', frequencies: 16 })],
    ['ADM', unetLike({ ...unetPresets['edm-adm'], ...unet, attention: [4], headChannels: 8, initials: 'uniform' })],
    ['EDM2', edm2Like()],
    ["a user's own network", own],
  ])('of %s', (_, { make, before, after, ...special }) => {
    const taps = [...before, ...after];
    const guide = 'selfConditioning.project';
    const own = (network: Network) => Object.keys(network.variables()).filter((n) => n.startsWith('selfCond'));

    it.each(['none', 'scalar', 'vector'] as const)('scaled by %s begins as its baseline, bit for bit', (scale) => {
      const [plain, routed] = [make(), make({ scale })];
      const shared = Object.keys(plain.variables());
      [plain, routed].forEach((network) => stir(network, shared));
      const [a, b] = [plain, routed].map((network) => network.forward(input(), { taps }));
      expect(tf.max(tf.abs(a.output)).dataSync()[0]).toBeGreaterThan(0.01);
      expect(b.output.dataSync()).toEqual(a.output.dataSync());
      for (const tap of taps) expect(b.features[tap].dataSync(), tap).toEqual(a.features[tap].dataSync());
    });

    it('its weights leave the blocks up to it alone, and change every later one', () => {
      const network = make({});
      stir(network, Object.keys(make().variables()));
      const a = network.forward(input(), { taps });
      stir(network, own(network));
      const b = network.forward(input(), { taps });
      for (const tap of before) expect(b.features[tap].dataSync(), tap).toEqual(a.features[tap].dataSync());
      for (const tap of after) expect(b.features[tap].dataSync(), tap).not.toEqual(a.features[tap].dataSync());
      expect(b.output.dataSync()).not.toEqual(a.output.dataSync());
    });

    it.each([false, true])(
      'with stopGradient %s the gradient of the guidance reaches the encoder, or does not',
      (stop) => {
        const network = make({ stopGradient: stop });
        stir(network, Object.keys(network.variables()));
        const weight = Object.entries(network.variables()).find(
          ([name]) => name === ('kernel' in special ? special.kernel : `${before[0]}.mlp.${mlpOf(network)}`),
        )![1];
        const loss = () => tf.sum(tf.square(network.forward(input(), { taps: [guide] }).features[guide])) as tf.Scalar;
        const all = Object.values(network.trainableVariables());
        const gradient = tf.variableGrads(loss, all).grads[weight.name] as tf.Tensor | undefined;
        const largest = gradient ? tf.max(tf.abs(gradient)).dataSync()[0] : 0;
        if (stop) expect(largest).toBe(0);
        else expect(largest).toBeGreaterThan(1e-5);
      },
    );
  });

  it.each([
    ['UViT', () => new UViT({ ...uvit, augmentation: true, selfConditioning: {} })],
    ['DiT', () => new DiT({ ...dit, augmentation: true, selfConditioning: {} })],
    ['DiT of the flavor diffusers', () => new DiT({ ...dit, augmentation: true, flavor: 'diffusers' })],
    ['UNet', () => new UNet({ ...unet, augmentation: true, selfConditioning: {} })],
  ] as const)('of %s: a vector of zeros equals no augmentation, another one does not', (_, make) => {
    const network = make();
    stir(network, Object.keys(network.variables()));
    const run = (augmentation?: tf.Tensor2D) => network.forward({ ...input(), ...(augmentation && { augmentation }) });
    const none = run().output.dataSync();
    expect(run(tf.zeros([2, 9])).output.dataSync()).toEqual(none);
    expect(run(tf.ones([2, 9])).output.dataSync()).not.toEqual(none);
  });
});

/** The last kernel of the MLP of a block. */
const mlpOf = (network: Network) =>
  Object.keys(network.variables()).some((name) => name.includes('gateValue')) ? 'out.kernel' : 'fc2.kernel';
