import { key } from '@diptych/core';
import { leakOf, onEachBackend, relativeError, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadStateDict } from '../../state/load-state-dict.ts';
import { fromOfficial, toOfficial } from '../../state/official.ts';
import { stateDict } from '../../state/state-dict.ts';
import { AutoencoderKL, type AutoencoderKLOptions } from './autoencoder-kl.ts';
import { autoencoderLoss } from './autoencoder-loss.ts';
import {
  diffusersAutoencoderKLNames,
  diffusersAutoencoderTinyNames,
  ldmAutoencoderKLNames,
  modernAutoencoderNames,
} from './autoencoder-names.ts';
import { AutoencoderTiny } from './autoencoder-tiny.ts';
import { latentNormalizer } from './latent-normalizer.ts';
import { tiled } from './tiled.ts';

const small = { widths: [4, 8], latentChannels: 2, blocks: 1, groups: 2 } as const satisfies AutoencoderKLOptions;
const normalizer = { mean: [0.5, -1], std: [2, 0.25] };
const images = (batch = 2, height = 8, width = 4) => tensorOf<tf.Rank.R4>([batch, height, width, 3], 1);

onEachBackend('autoencoders', () => {
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  describe.each([
    ['AutoencoderKL', () => new AutoencoderKL({ ...small, normalizer })],
    ['AutoencoderTiny', () => new AutoencoderTiny({ ...tiny, normalizer })],
  ])('%s', (_, make) => {
    it('gives latents of the size it says, and images of theirs', () => {
      const autoencoder = make();
      const z = autoencoder.latents(images());
      expect(z.shape).toEqual([2, 4, 2, 2]);
      expect(autoencoder.images(z).shape).toEqual([2, 8, 4, 3]);
      expect(autoencoder.forward(images()).shape).toEqual([2, 8, 4, 3]);
    });

    it('forward is there and back, as are latents and images', () => {
      const autoencoder = make();
      const x = images();
      const there = autoencoder.images(autoencoder.latents(x));
      expect(relativeError(there, autoencoder.forward(x))).toBeLessThan(1e-5);
    });

    it('an image is the same whatever else is in the batch', () => {
      const autoencoder = make();
      const x = images(3);
      const one = autoencoder.forward(tf.slice(x, [1, 0, 0, 0], [1, -1, -1, -1]));
      expect(relativeError(one, tf.slice(autoencoder.forward(x), [1, 0, 0, 0], [1, -1, -1, -1]))).toBeLessThan(1e-5);
    });

    it('two of one configuration are equal bit for bit, and its configuration makes it again', () => {
      const [a, b] = [make(), make()];
      expect(b.forward(images()).dataSync()).toEqual(a.forward(images()).dataSync());
      const Class = a.constructor as new (config: unknown) => typeof a;
      const again = new Class(a.getConfig());
      expect(again.forward(images()).dataSync()).toEqual(a.forward(images()).dataSync());
      expect(again.normalizer).toEqual(normalizer);
    });

    it('every trained weight takes part in the reconstruction', () => {
      const autoencoder = make();
      const trained = autoencoder.trainableVariables();
      const loss = () => tf.sum(tf.mul(autoencoder.forward(images()), tensorOf([2, 8, 4, 3], 4))) as tf.Scalar;
      const { grads } = tf.variableGrads(loss, Object.values(trained));
      // The second half of the moments is the variance; keys may be shifted by a constant.
      const idle = Object.keys(trained).filter(
        (name) => !(tf.max(tf.abs(grads[trained[name].name])).dataSync()[0] > 0),
      );
      expect(idle).toEqual([]);
    });

    it('gradient checkpointing changes no number', () => {
      const autoencoder = make();
      const loss = () => tf.mean(tf.square(autoencoder.forward(images()))) as tf.Scalar;
      const gradients = () => {
        const { grads } = tf.variableGrads(loss, Object.values(autoencoder.trainableVariables()));
        return Object.values(grads).map((grad) => grad.dataSync());
      };
      const plain = gradients();
      expect(autoencoder.setRecompute(/(block|layers)[.\d]*$/).length).toBeGreaterThan(3);
      gradients().forEach((grad, i) => expect(relativeError(grad, plain[i])).toBeLessThan(1e-5));
    });

    it('leaves no tensor behind, and none when it is disposed', () => {
      const empty = tf.memory().numTensors;
      const autoencoder = make();
      const x = images();
      autoencoder.forward(x).dispose();
      expect(leakOf(() => autoencoder.latents(x, key(0)))).toBe(0);
      const [z, wrong] = [tf.zeros<tf.Rank.R4>([1, 2, 2, 2]), tf.zeros<tf.Rank.R4>([1, 2, 2, 3])];
      expect(leakOf(() => autoencoder.images(z))).toBe(0);
      expect(leakOf(() => void attempt(() => autoencoder.images(wrong)))).toBe(0);
      tf.dispose([x, z, wrong]);
      autoencoder.dispose();
      expect(tf.memory().numTensors - empty).toBe(0);
    });

    it('says which images and latents would fit', () => {
      const autoencoder = make();
      expect(() => autoencoder.latents(images(1, 7, 4))).toThrow(/divisible by 2, such as 6 or 8 high and 4 wide/);
      expect(() => autoencoder.forward(tf.zeros([1, 4, 4, 1]))).toThrow(/images \[B, H, W, 3\]/);
      expect(() => autoencoder.images(tf.zeros([1, 4, 4, 4]))).toThrow(/latents \[B, h, w, 2\]/);
      expect(() => autoencoder.images(tf.zeros([1, 4, 4, 2]), { mean: [0], std: [1] })).toThrow(
        /each of the 2 channels/,
      );
    });
  });
});

const tiny = { width: 4, latentChannels: 2, encoderBlocks: [1, 0], decoderBlocks: [0, 1] } as const;

const edges = (y: tf.Tensor4D, x: tf.Tensor4D): tf.Scalar => {
  const difference = (of: tf.Tensor4D) =>
    tf.sub(tf.slice(of, [0, 1, 0, 0]), tf.slice(of, 0, [-1, of.shape[1] - 1, -1, -1]));
  return tf.mul(0.1, tf.mean(tf.abs(tf.sub(difference(y), difference(x)))));
};

function attempt(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

describe('autoencoderLoss', () => {
  beforeEach(async () => {
    await tf.setBackend('wasm');
    tf.engine().startScope();
    return () => tf.engine().endScope();
  });

  it('a loss of reconstruction and divergence brings an autoencoder to its images', () => {
    const autoencoder = new AutoencoderKL({ ...small, widths: [8], midAttention: false, seed: 2 });
    const x = tf.tanh(images(2, 4, 4));
    const objective = autoencoderLoss(autoencoder, { klWeight: 1e-4, terms: { edges } });
    const optimizer = tf.train.adam(0.01);
    const step = { batch: { x }, key: key(1), training: true, first: 0 };
    const losses = Array.from({ length: 40 }, () => {
      return optimizer
        .minimize(() => objective(step).loss, true, Object.values(autoencoder.trainableVariables()))!
        .dataSync()[0];
    });
    expect(losses.at(-1)).toBeLessThan(0.35 * losses[0]);
    const { loss, metrics } = objective({ ...step, training: false });
    expect(Object.keys(metrics)).toEqual(['reconstruction', 'edges', 'kl'].map((name) => `autoencoder/${name}`));
    const [total, reconstruction, further, kl] = [loss, ...Object.values(metrics)].map((value) => value.dataSync()[0]);
    expect(total).toBeCloseTo(reconstruction + further + 1e-4 * kl, 5);
    const error = tf.mean(tf.abs(tf.sub(autoencoder.forward(x), x))).dataSync()[0];
    expect(reconstruction).toBeCloseTo(error, 5);
    optimizer.dispose();
  });
});

describe('normalised latents', () => {
  beforeEach(async () => {
    await tf.setBackend('cpu');
    tf.engine().startScope();
    return () => tf.engine().endScope();
  });

  it('are (mean - shift) scale, as published autoencoders have them, and drawn with a key', () => {
    const scaled = latentNormalizer({ scale: 0.3, shift: 0.1, channels: 2 });
    const autoencoder = new AutoencoderKL({ ...small, normalizer: scaled });
    const { mean, logVariance } = autoencoder.encode(images());
    expect(relativeError(autoencoder.latents(images()), tf.mul(tf.sub(mean, 0.1), 0.3))).toBeLessThan(1e-6);
    const drawn = autoencoder.latents(images(), key(3));
    expect(relativeError(drawn, autoencoder.latents(images()))).toBeGreaterThan(0.01);
    // Each image has noise of its own, whatever the batch.
    const first = autoencoder.latents(tf.slice(images(), 0, [1, -1, -1, -1]), key(3));
    expect(relativeError(tf.slice(drawn, 0, [1, -1, -1, -1]), first)).toBeLessThan(1e-5);
    expect(logVariance.shape).toEqual(mean.shape);
  });

  it('take statistics of each channel, and a multiplier', () => {
    expect(latentNormalizer({ mean: [1, 2], std: [2, 4], multiplier: 2 })).toEqual({ mean: [1, 2], std: [1, 2] });
    expect(() => latentNormalizer({ mean: [1, 2], std: [2] })).toThrow(/each of the 2 channels/);
    expect(() => latentNormalizer({ mean: [1], std: [0] })).toThrow(/above 0/);
    expect(() => latentNormalizer({ scale: 0, channels: 4 })).toThrow(/scale must be/);
    expect(() => latentNormalizer({ scale: 1, channels: 0.5 })).toThrow(/channels must be/);
  });

  it('are refused without a normalizer, and with one of other channels', () => {
    const autoencoder = new AutoencoderKL(small);
    const z = tf.zeros<tf.Rank.R4>([1, 2, 2, 2]);
    expect(() => autoencoder.latents(images())).toThrow(/AutoencoderKL.latents: normalizer must be set/);
    expect(() => autoencoder.images(z)).toThrow(/AutoencoderKL.images: normalizer must be set/);
    expect(autoencoder.images(z, normalizer).shape).toEqual([1, 4, 4, 3]);
    expect(() => (autoencoder.normalizer = { mean: [0], std: [1] })).toThrow(/each of the 2 channels/);
    expect(() => new AutoencoderKL({ ...small, normalizer: { mean: [0, 0], std: [1, -1] } })).toThrow(/above 0/);
    autoencoder.normalizer = normalizer;
    expect(autoencoder.getConfig().normalizer).toEqual(normalizer);
  });
});

describe('configurations', () => {
  it('AutoencoderKL says what would fit', () => {
    expect(() => new AutoencoderKL({ widths: [48, 64] })).toThrow(/32 groups: these widths allow 16 groups/);
    expect(() => new AutoencoderKL({ widths: [] })).toThrow(/the channels of one level at least/);
    expect(() => new AutoencoderKL({ ...small, attention: [2] })).toThrow(/levels from 0 to 1/);
    expect(() => new AutoencoderKL({ ...small, activation: 'swish' as 'silu' })).toThrow(
      /one of "silu", "relu", "gelu"/,
    );
    expect(() => new AutoencoderKL({ ...small, latentChannel: 3 } as never)).toThrow(/did you mean latentChannels/);
    expect(() => new AutoencoderKL({ ...small, latentChannels: 0 })).toThrow(
      /latentChannels must be a positive integer/,
    );
  });

  it('AutoencoderTiny says what would fit', () => {
    expect(() => new AutoencoderTiny({ encoderBlocks: [1, 1] })).toThrow(/of the 2 levels of the encoder/);
    expect(() => new AutoencoderTiny({ encoderBlocks: [] })).toThrow(/of one level at least/);
    expect(() => new AutoencoderTiny({ width: 0 })).toThrow(/width must be a positive integer/);
    expect(() => new AutoencoderTiny({ activation: 'none' as 'relu' })).toThrow(/one of "silu", "relu", "gelu"/);
  });

  it('the loss refuses a negative weight, and a term that would hide its own', () => {
    const autoencoder = new AutoencoderKL(small);
    expect(() => autoencoderLoss(autoencoder, { klWeight: -1 })).toThrow(/klWeight must be/);
    expect(() => autoencoderLoss(autoencoder, { terms: { kl: () => tf.scalar(0) } })).toThrow(/named otherwise/);
  });
});

describe('official names', () => {
  const options = { ...small, widths: [4, 4, 8], attention: [0, 2], blocks: 2, seed: 3 };

  it.each([
    ['of diffusers', diffusersAutoencoderKLNames],
    ['of latent diffusion', ldmAutoencoderKLNames],
  ])('%s lead there and back to the same bits', async (_, namesOf) => {
    const [one, other] = [new AutoencoderKL(options), new AutoencoderKL({ ...options, seed: 4 })];
    const names = namesOf(one);
    const official = toOfficial(await stateDict(one), names);
    loadStateDict(other, fromOfficial(official, names));
    expect(await stateDict(other)).toEqual(await stateDict(one));
  });

  it('count the levels of the decoder from the other end in latent diffusion', () => {
    const network = new AutoencoderKL(options);
    const ours = 'decoder.up.0.block.2.conv1.kernel';
    expect(diffusersAutoencoderKLNames(network).weights[ours].name).toBe('decoder.up_blocks.0.resnets.2.conv1.weight');
    expect(ldmAutoencoderKLNames(network).weights[ours].name).toBe('decoder.up.2.block.2.conv1.weight');
    expect(ldmAutoencoderKLNames(network).weights['decoder.up.1.upsample.conv.bias'].name).toBe(
      'decoder.up.1.upsample.conv.bias',
    );
  });

  it('of older files of diffusers become those of today, 1x1 convolutions included', async () => {
    const network = new AutoencoderKL(options);
    const names = diffusersAutoencoderKLNames(network);
    const official = toOfficial(await stateDict(network), names);
    const old = Object.entries(official).map(([name, tensor]) => {
      const before = name
        .replace(/\.to_q\./, '.query.')
        .replace(/\.to_k\./, '.key.')
        .replace(/\.to_v\./, '.value.')
        .replace(/\.to_out\.0\./, '.proj_attn.');
      const { shape } = tensor;
      return [before, before !== name && shape.length === 2 ? { ...tensor, shape: [...shape, 1, 1] } : tensor] as const;
    });
    expect(Object.fromEntries(old)['encoder.mid_block.attentions.0.query.weight'].shape).toEqual([8, 8, 1, 1]);
    expect(modernAutoencoderNames(Object.fromEntries(old) as never)).toEqual(official);
    expect(modernAutoencoderNames(official)).toEqual(official);
  });

  it('refuse another network', () => {
    const [kl, other] = [new AutoencoderKL(small), new AutoencoderTiny()];
    expect(() => ldmAutoencoderKLNames(other as never)).toThrow(/an AutoencoderKL/);
    expect(() => diffusersAutoencoderKLNames(other as never)).toThrow(/an AutoencoderKL/);
    expect(() => diffusersAutoencoderTinyNames(kl as never)).toThrow(/an AutoencoderTiny/);
  });
});

describe('tiled', () => {
  beforeEach(async () => {
    await tf.setBackend('cpu');
    tf.engine().startScope();
    return () => tf.engine().endScope();
  });

  it('decodes and encodes to what the whole gives, where the margin covers the reach of the convolutions', async () => {
    const autoencoder = new AutoencoderTiny({ ...tiny, normalizer });
    const z = tensorOf<tf.Rank.R4>([2, 31, 40, 2], 5);
    const run = (of: tf.Tensor4D) => autoencoder.images(of);
    const whole = run(z);
    expect(relativeError(await tiled(run, z, { tile: 24, overlap: 12, margin: 4 }), whole)).toBeLessThan(1e-6);
    // Zeros around the tiles reach further than this margin: the test above can fail.
    expect(relativeError(await tiled(run, z, { tile: 24, overlap: 12, margin: 1 }), whole)).toBeGreaterThan(1e-4);
    const x = tensorOf<tf.Rank.R4>([1, 60, 40, 3], 6);
    const encode = (of: tf.Tensor4D) => autoencoder.latents(of);
    expect(relativeError(await tiled(encode, x, { tile: 40, overlap: 20, margin: 8 }), encode(x))).toBeLessThan(1e-6);
    expect(relativeError(await tiled(run, z, { tile: 64 }), whole)).toBeLessThan(1e-6);
  });

  it('keeps seams below the stated bound: the difference of two tiles, divided by the length of the ramp', async () => {
    // Tiles of one value each, that differ by 1.
    let made = 0;
    const run = (tile: tf.Tensor4D) => tf.mul(tf.onesLike(tile), made++ % 2) as tf.Tensor4D;
    const y = await tiled(run, tf.zeros([1, 8, 40, 1]), { tile: 16, overlap: 8, margin: 2 });
    const rows = y.dataSync().subarray(0, 40);
    const steps = Array.from(rows.slice(1), (value, i) => Math.abs(value - rows[i]));
    expect(Math.max(...steps)).toBeCloseTo(1 / 4, 6);
    expect([...new Set(rows)].sort()).toEqual([0, 0.125, 0.375, 0.625, 0.875, 1]);
    // Group norms and attention see the tile: D is what they change, measured as the error of tiles that are not blended.
    const autoencoder = new AutoencoderKL(small);
    Object.values(autoencoder.variables()).forEach((v, i) => v.assign(tensorOf(v.shape, i + 1, { scale: 0.3 })));
    const z = tensorOf<tf.Rank.R4>([1, 16, 48, 2], 7);
    const decode = (of: tf.Tensor4D) => autoencoder.decode(of);
    const whole = decode(z);
    const options = { tile: 24, overlap: 12, margin: 2 };
    const error = tf.sub(await tiled(decode, z, options), whole);
    const [jump, single] = [error, whole].map((of) => largestStep(of as tf.Tensor4D, 24));
    const cut = tf.sub(await tiled(decode, z, { tile: 24, overlap: 0, margin: 0 }), whole);
    expect(jump).toBeLessThan(largestStep(cut as tf.Tensor4D, 24) / 2);
    expect(jump).toBeLessThan(single);
  });

  it('takes little: no tensor stays, tiles are freed one by one, and it ends when asked to', async () => {
    const z = tf.zeros<tf.Rank.R4>([1, 40, 40, 1]);
    const before = tf.memory().numTensors;
    const seen: number[] = [];
    const run = (tile: tf.Tensor4D) => {
      seen.push(tf.memory().numTensors);
      return tf.add(tile, 1) as tf.Tensor4D;
    };
    (await tiled(run, z, { tile: 16 })).dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect(new Set(seen).size).toBe(1);
    const controller = new AbortController();
    const stopping = (tile: tf.Tensor4D) => {
      controller.abort(new Error('enough'));
      return tf.add(tile, 1) as tf.Tensor4D;
    };
    await expect(tiled(stopping, z, { tile: 16, signal: controller.signal })).rejects.toThrow('enough');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses tiles and overlaps that do not fit', async () => {
    const z = tf.zeros<tf.Rank.R4>([1, 40, 40, 1]);
    const same = (tile: tf.Tensor4D) => tf.clone(tile);
    await expect(tiled(same, z, { tile: 0 })).rejects.toThrow(/tile must be a positive integer/);
    await expect(tiled(same, z, { tile: 16, overlap: 9 })).rejects.toThrow(/from 0 to half of the tile of 16/);
    await expect(tiled(same, z, { tile: 16, overlap: 8, margin: 4 })).rejects.toThrow(/below half of the overlap/);
    const odd = (tile: tf.Tensor4D) => tf.avgPool(tile, 2, 2, 'valid');
    await expect(tiled(odd, z, { tile: 16, overlap: 5, margin: 1 })).rejects.toThrow(/multiples of 2/);
    await expect(tiled((tile) => tf.slice(tile, [0, 0, 0, 0], [1, 8, 16, 1]), z, { tile: 16 })).rejects.toThrow(
      /scales height and width alike/,
    );
  });
});

/** The largest difference of neighbouring columns at the middle of the image, where tiles meet. */
function largestStep(x: tf.Tensor4D, around: number): number {
  const [, height, width, channels] = x.shape;
  const data = x.dataSync();
  let most = 0;
  for (let row = 0; row < height; row++) {
    for (let column = Math.max(1, 2 * around - 24); column < Math.min(width, 2 * around + 24); column++) {
      for (let c = 0; c < channels; c++) {
        const at = (row * width + column) * channels + c;
        most = Math.max(most, Math.abs(data[at] - data[at - channels]));
      }
    }
  }
  return most;
}
