/**
 * An architecture that the library does not have: a small mixer, whose tokens exchange by an MLP along the sequence instead
 * of attention. One block placed between two of its own gives it feature self-conditioning; from there on it trains,
 * samples and is probed like any other network.
 *
 *     pnpm example 03-your-own-architecture [--steps 1500] [--out runs/mixer.png]
 *
 * Trains it on the UCI digits twice, without and with self-conditioning, from the same first weights, on the same data and
 * noise. Prints the held-out loss of both and how well a linear probe reads the digit from every layer, and draws samples.
 */
import { parseArgs } from 'node:util';
import { saveBytes } from '@diptych/data/node';
import { tellErrors } from '@diptych/formats/node';
import { denoiser, edm, heun, karrasSigmas, key, sample } from '@diptych/core';
import type { NetworkInput } from '@diptych/core';
import { toBatch, batches, contactSheet, digitSplits, encodePng } from '@diptych/data';
import { linearProbeGrid, networkFeatures } from '@diptych/eval';
import { denoisingLoss, evaluateObjective, tensorBatch } from '@diptych/losses';
import {
  Block,
  LayerNorm,
  Linear,
  Mlp,
  NetworkBlock,
  PatchEmbedding,
  SelfConditioning,
  TimeEmbedding,
} from '@diptych/models';
import { pickBackend, silu, unpatchify, withValues } from '@diptych/ops';
import { adamW, train, warmupCosine } from '@diptych/trainer';
import * as tf from '@tensorflow/tfjs-core';

const image = [8, 8, 1] as const;
const [patch, tokens, width] = [2, 16, 64];

/** Tokens exchange, then channels do; the condition shifts both. */
class MixerBlock extends Block<[tf.Tensor3D, tf.Tensor2D], tf.Tensor3D> {
  static className = 'MixerBlock';
  private readonly shift = this.part('shift', new Linear({ inputs: width, outputs: width }));
  private readonly norm1 = this.part('norm1', new LayerNorm({ width }));
  private readonly along = this.part('along', new Mlp({ width: tokens, hidden: 2 * tokens }));
  private readonly norm2 = this.part('norm2', new LayerNorm({ width }));
  private readonly across = this.part('across', new Mlp({ width, hidden: 2 * width }));

  protected compute(x: tf.Tensor3D, condition: tf.Tensor2D): tf.Tensor3D {
    x = tf.add(x, tf.expandDims(this.shift.forward(silu(condition)), 1)); // [B, tokens, width]
    const turned = tf.transpose(this.norm1.forward(x), [0, 2, 1]); // [B, width, tokens]
    x = tf.add(x, tf.transpose(this.along.forward(turned), [0, 2, 1]));
    return tf.add(x, this.across.forward(this.norm2.forward(x)));
  }
}

class Mixer extends NetworkBlock {
  static className = 'Mixer';
  private readonly embed = this.part('embed', new PatchEmbedding({ image, patch, width }));
  private readonly time = this.part('time', new TimeEmbedding({ width, hidden: width }));
  private readonly blocks = ['1', '2', '3', '4'].map((i) => this.part(`block.${i}`, new MixerBlock()));
  private readonly guide?: SelfConditioning;
  private readonly norm = this.part('norm', new LayerNorm({ width }));
  private readonly toPixels = this.part('toPixels', new Linear({ inputs: width, outputs: patch * patch }));

  constructor({ selfConditioned = false } = {}) {
    super();
    if (selfConditioned) this.guide = this.part('guide', new SelfConditioning({ width }));
  }

  protected predict({ x, noise }: NetworkInput): tf.Tensor4D {
    let condition = this.time.forward(noise); // [B, width]
    let h = this.embed.forward(x); // [B, tokens, width]
    for (const [i, block] of this.blocks.entries()) {
      h = block.forward(h, condition);
      if (this.guide && i === 1) condition = this.guide.forward(h, condition); // this is all that self-conditioning takes
    }
    return unpatchify(this.toPixels.forward(this.norm.forward(h)) as tf.Tensor3D, patch, image);
  }
}

tellErrors('03-your-own-architecture');
const { values: flags } = parseArgs({
  options: { steps: { type: 'string', default: '1500' }, out: { type: 'string', default: 'runs/mixer.png' } },
});
const steps = Number(flags.steps);
const backend = await pickBackend();
const splits = digitSplits();
const diffusion = edm({ sigmaData: 0.75, pMean: -0.4, pStd: 1 });
const objective = denoisingLoss(diffusion);
const layers = ['block.1', 'block.2', 'block.3', 'block.4'];
console.log(`${backend}, ${steps} steps of 32 digits`);
console.log(['', 'weights', 'held-out loss', ...layers].map((word) => word.padStart(16)).join(''));

const sheets: tf.Tensor4D[] = [];
for (const selfConditioned of [false, true]) {
  const network = new Mixer({ selfConditioned });
  const run = train({
    network,
    objective,
    data: batches(splits.train, { batchSize: 32, key: key(1) }),
    optimizer: adamW({ beta2: 0.99 }),
    learningRate: warmupCosine({ rate: 3e-3, warmup: Math.min(100, steps >> 1), steps }),
    ema: 0.99,
    clip: 1,
    steps,
    key: key(2),
  });
  for await (const { step, loss } of run) if (step % 500 === 0) console.log(`  step ${step}: loss ${loss.toFixed(3)}`);

  // Both judged with their averaged weights, on the same images and the same noise.
  const weights = run.ema as tf.NamedTensorMap;
  const heldOut = tensorBatch(await toBatch(splits.validation));
  const loss = tf.tidy(() =>
    withValues(
      network.variables(),
      weights,
      () => evaluateObjective(objective, { network, batch: heldOut, key: key(3), step: 0 }).loss,
    ),
  );
  const features = networkFeatures(network, diffusion, { taps: layers, weights });
  const { cells } = await linearProbeGrid({ features, splits, sigmas: [0.2], key: key(4), probe: { l2: [0.1, 0.01] } });
  const row = [
    selfConditioned ? 'self-conditioned' : 'plain',
    Object.values(network.variables()).reduce((sum, { size }) => sum + size, 0),
    (await loss.data())[0].toFixed(4),
    ...cells.map(({ testAccuracy }) => `${(100 * testAccuracy).toFixed(1)} %`),
  ];
  console.log(row.map((word) => String(word).padStart(16)).join(''));

  const sigmas = karrasSigmas(18, { sigmaMin: 0.02, sigmaMax: 20 });
  const denoise = denoiser(network, diffusion, { weights });
  sheets.push((await sample(heun(), denoise, { sigmas, shape: [32, ...image], key: key(5) })) as tf.Tensor4D);
  tf.dispose([loss, heldOut] as tf.TensorContainer);
  run.dispose();
  network.dispose();
}

const samples = tf.concat(sheets, 0);
const sheet = contactSheet({ x: (await samples.data()) as Float32Array, shape: [64, ...image] }, { columns: 16 });
await saveBytes(flags.out, encodePng(sheet));
console.log(`\nsamples, two rows plain and two self-conditioned: ${flags.out}`);
