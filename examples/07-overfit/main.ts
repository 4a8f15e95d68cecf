/**
 * A smoke test for networks, and the first thing to try with one of your own: can it learn eight images by heart? Every family of the
 * library gets the same eight images, at the same noise levels and with the same noise in each step, and must bring its loss near zero.
 *
 *     pnpm example 07-overfit [--images folder] [--steps 600] [--width 128] [--depth 4] [--below 0.01]
 *
 * The images are UCI digits, or the first eight of a folder of pictures (those of CIFAR-10, one class for each folder, say).
 * Ends with exit code 1 if a network does not get below that part of its first loss.
 */
import { parseArgs } from 'node:util';
import { tellErrors } from '@diptych/formats/node';
import { edm, key, type Batch, type Network } from '@diptych/core';
import { toBatch, digits, subset, type Dataset } from '@diptych/data';
import { imageFolder } from '@diptych/data/node';
import { denoisingLoss, evaluateObjective, stratifiedDraws } from '@diptych/losses';
import { DiT, Edm2UNet, UNet, UViT, withContext, type DiTOptions } from '@diptych/models';
import { pickBackend } from '@diptych/ops';
import { adamW, train, warmupCosine } from '@diptych/trainer';
import * as tf from '@tensorflow/tfjs-core';

tellErrors('07-overfit');
const { values: flags } = parseArgs({
  options: {
    images: { type: 'string' },
    steps: { type: 'string', default: '600' },
    width: { type: 'string', default: '128' },
    depth: { type: 'string', default: '4' },
    below: { type: 'string', default: '0.01' },
  },
});
const [steps, below] = [Number(flags.steps), Number(flags.below)];
const backend = await pickBackend();

/** Eight images of different classes where there are classes. */
async function eightImages(): Promise<Batch> {
  const source: Dataset = flags.images ? await imageFolder(flags.images) : digits();
  const far = Math.floor(source.length / 8);
  return flags.images
    ? source.batch(Array.from({ length: 8 }, (_, i) => i * far))
    : toBatch(subset(source, { from: 0, to: 8 }));
}

const batch = await eightImages();
const [, height, breadth, channels] = batch.shape;
const image = [height, breadth, channels] as const;
const classes = Math.max(1, ...(batch.label ?? [0])) + 1;
const size = {
  image,
  patch: height > 16 ? 4 : 2,
  width: Number(flags.width),
  depth: Number(flags.depth),
  heads: 4,
  labelDropout: 0,
};
/** Levels of a UNet, each of a quarter of the width. */
const unet = { image, width: size.width / 4, multipliers: [1, 2], blocks: 1, attention: [height / 2], labelDropout: 0 };
const dit = (options: Partial<DiTOptions>) => () => new DiT({ ...size, classes, ...options });
const captions = tf.tidy(() => {
  const rows = tf.oneHot(tf.range(0, classes, 1, 'int32'), 16, 1, 0, 'float32');
  return tf.reshape(rows, [classes, 1, 16]) as tf.Tensor3D;
});

/** Larger than the official deviations, which suit long trainings of wide networks. */
const initialStd = { linear: 0.2, positions: 0.5, labels: 1 };

const networks: Record<string, () => Network> = {
  'U-ViT': () => new UViT({ ...size, classes, initialStd }),
  'U-ViT, self-conditioned': () => new UViT({ ...size, classes, initialStd, selfConditioning: {} }),
  DiT: dit({}),
  'DiT, self-conditioned': dit({ selfConditioning: {} }),
  'DiT with a context': () =>
    withContext(new DiT({ ...size, context: { length: 1, width: 16 } }), ({ label }) => tf.gather(captions, label!)),
  'DiT as diffusers has it': dit({ flavor: 'diffusers' }),
  LightningDiT: dit({ norm: 'rms', mlp: 'swiGlu', rotary: true, qkNorm: 'rms' }),
  UNet: () => new UNet({ ...unet, classes }),
  'UNet, self-conditioned': () => new UNet({ ...unet, classes, selfConditioning: {} }),
  EDM2: () => new Edm2UNet({ ...unet, headChannels: 16, classes }),
  'SiT with a projector': dit({ projectors: { after: 'block.1', hidden: 64, outputs: [32] } }),
};

console.log(`${backend}, ${steps} steps on 8 images ${image.join('x')}, width ${size.width}, ${size.depth} blocks`);
console.log(
  `${'network'.padEnd(26)}${['weights', 'first loss', 'last loss', 'ratio', 'ms per step'].map((word) => word.padStart(12)).join('')}`,
);
const objective = denoisingLoss(edm({ sigmaData: 0.5 }));
let failed = false;
for (const [name, make] of Object.entries(networks)) {
  // EDM2 keeps its weights at unit magnitude and trains at larger rates: 1e-2 in its paper.
  const rate = name === 'EDM2' ? 1e-2 : 2e-3;
  const network = make();
  const run = train({
    network,
    // The same noise in every step: a loss that can reach zero.
    objective: ({ network, batch }) =>
      evaluateObjective(objective, { network, batch, key: key(0), step: 0, draws: stratifiedDraws }).loss,
    data: Array.from({ length: steps }, () => batch),
    optimizer: adamW({ beta2: 0.99, weightDecay: 0 }),
    learningRate: warmupCosine({ rate, warmup: Math.min(20, steps >> 1), steps }),
    clip: 1,
    steps,
    key: key(1),
  });
  const losses: number[] = [];
  const start = performance.now();
  for await (const { loss } of run) losses.push(loss);
  const time = (performance.now() - start) / steps;
  const [first, last] = [losses[0], losses[losses.length - 1]];
  failed ||= !(last < first * below);
  const weights = Object.values(network.variables()).reduce((sum, { size }) => sum + size, 0);
  const row = [
    weights.toLocaleString('en'),
    first.toFixed(4),
    last.toFixed(5),
    (last / first).toFixed(5),
    time.toFixed(0),
  ];
  console.log(name.padEnd(26) + row.map((word) => word.padStart(12)).join(''));
  run.dispose();
  tf.dispose(Object.values(network.variables()));
}
if (failed) {
  console.error(`a network did not get below ${below} of its first loss`);
  process.exitCode = 1;
}
