/**
 * Latent diffusion from nothing: trains a small KL autoencoder on images, encodes them once into shards, trains a DiT on the latents
 * with and without self-conditioning, and judges both by what they draw (Fréchet distance) and by what they know (linear probe).
 *
 *     pnpm example 08-latent-diffusion [--images folder] [--autoencoder-steps 600] [--steps 1500] [--samples 256] [--out runs/latent]
 *
 * The images are the UCI digits, or those of a folder with `train` and `test` inside, each with one folder for a class: CIFAR-10 as
 * pictures, say. `--autoencoder file` takes one of an earlier run instead of training. Writes the networks as one file each, a sheet of reconstructions, two of samples, and summary.json.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { denoiser, foldIn, heun, karrasSigmas, key, sample } from '@diptych/core';
import { batches, mapBatches } from '@diptych/data';
import { encodeLatents, latentDataset, saveBytes } from '@diptych/data/node';
import { tellErrors } from '@diptych/formats/node';
import { denoisingLoss } from '@diptych/losses';
import { AutoencoderKL, autoencoderLoss, DiT, processOf } from '@diptych/models';
import { loadAutoencoderFile, loadNetworkFile, saveNetworkFile } from '@diptych/models/node';
import { pickBackend } from '@diptych/ops';
import { adamW, checkpointWeights, train, warmupCosine } from '@diptych/trainer';
import { lockFolder } from '@diptych/trainer/node';
import * as tf from '@tensorflow/tfjs-core';
import { judgeFeatures, judgeSamples } from './judge.ts';
import { imageTensor, pixels, writeSheet } from './pictures.ts';
import * as choices from './recipe.ts';
import { splitsOf } from './splits.ts';

tellErrors('08-latent-diffusion');
const { values: flags } = parseArgs({
  options: {
    images: { type: 'string' },
    'autoencoder-steps': { type: 'string', default: '600' },
    steps: { type: 'string', default: '1500' },
    samples: { type: 'string', default: '256' },
    probed: { type: 'string', default: '2000' },
    autoencoder: { type: 'string' },
    seed: { type: 'string', default: '0' },
    out: { type: 'string', default: 'runs/latent' },
  },
});
const [seed, count] = [Number(flags.seed), Number(flags.samples)];
const at = (name: string) => join(flags.out, name);
const lock = await lockFolder(flags.out);
const backend = await pickBackend();
const start = performance.now();
const seconds = () => Math.round((performance.now() - start) / 1000);

const splits = await splitsOf(flags.images);
const [height, width, channels] = splits.train.shape;
const { autoencoder: autoencoderOptions, dit } = choices.recipe([height, width, channels]);
const { batchSize, clip, ema, klWeight } = choices.training;

// 1. The autoencoder: reconstruction and a little divergence.
const first = Number(flags['autoencoder-steps']);
async function trained(): Promise<AutoencoderKL> {
  const autoencoder = new AutoencoderKL({ ...autoencoderOptions, seed });
  const run = train({
    network: autoencoder.asNetwork(),
    objective: autoencoderLoss(autoencoder, { klWeight }),
    data: batches(splits.train, { batchSize, key: key(seed) }),
    optimizer: adamW({ beta2: 0.99, weightDecay: 0 }),
    learningRate: warmupCosine({ rate: 2e-3, warmup: Math.min(50, first >> 1), steps: first }),
    ...{ clip, steps: first, key: foldIn(key(seed), 1) },
  });
  for await (const { step, metrics } of run) {
    const error = metrics['autoencoder/reconstruction'].toFixed(4);
    if (step % 100 === 0 || step === first) console.log(`autoencoder ${step}/${first}: ${error} (${seconds()} s)`);
  }
  run.dispose();
  return autoencoder;
}
const autoencoder = flags.autoencoder
  ? ((await loadAutoencoderFile(flags.autoencoder)).autoencoder as AutoencoderKL)
  : await trained();
const compression = flags.autoencoder ? 'given' : `${first}-${seed}`;

// 2. The latents of every image, once, and what they are normalised by.
autoencoder.normalizer = await encodeLatents(
  splits.train,
  async (images) => {
    const x = imageTensor(images);
    const { mean, logVariance } = autoencoder.encode(x);
    const [means, logVariances] = (await Promise.all([mean.data(), logVariance.data()])) as Float32Array[];
    const moments = { mean: means, logVariance: logVariances, shape: mean.shape as [number, number, number, number] };
    tf.dispose([x, mean, logVariance]);
    return moments;
  },
  {
    to: at(`latents-${compression}`),
    encoder: flags.autoencoder ?? `kl-${compression}`,
    mirrored: flags.images !== undefined,
  },
);
await saveNetworkFile(at('autoencoder.safetensors'), autoencoder, { metadata: { from: compression } });
const data = await latentDataset(at(`latents-${compression}`));
console.log(`${data.length} latents ${[...data.shape.slice(0, 2), data.channels].join('x')} (${seconds()} s)`);

// 3. A DiT on latents, with and without self-conditioning: same data, same noise, same first weights.
const steps = Number(flags.steps);
const process_ = processOf(choices.diffusion);
for (const name of ['baseline', 'self-conditioned']) {
  const network = new DiT({ ...dit, seed, ...(name === 'self-conditioned' && { selfConditioning: {} }) });
  const run = train({
    network,
    objective: denoisingLoss(process_),
    data: mapBatches(batches(data, { batchSize, key: foldIn(key(seed), 2) }), (batch, step) =>
      data.sample(batch, foldIn(foldIn(key(seed), 3), step)),
    ),
    optimizer: adamW({ beta2: 0.99, weightDecay: 0 }),
    learningRate: warmupCosine({ rate: 2e-3, warmup: Math.min(100, steps >> 1), steps }),
    ...{ clip, steps, ema, key: foldIn(key(seed), 4) },
  });
  for await (const { step, loss } of run) {
    if (step % 250 === 0 || step === steps)
      console.log(`${name} ${step}/${steps}: ${loss.toFixed(4)} (${seconds()} s)`);
  }
  // Exactly what a checkpoint on a disk would hold.
  const weights = checkpointWeights(await run.checkpoint(), 'ema');
  const { normalizer } = autoencoder;
  await saveNetworkFile(at(`${name}.safetensors`), network, { diffusion: choices.diffusion, normalizer, weights });
  run.dispose();
  network.dispose();
}

// 4. From here on, only files: what somebody else would do with them.
const { autoencoder: decoder } = await loadAutoencoderFile(at('autoencoder.safetensors'));
const real = await splits.test.batch(Array.from({ length: 16 }, (_, i) => Math.floor((i * splits.test.length) / 16)));
const x = imageTensor(real);
const both = tf.tidy(() => tf.concat([x, decoder.forward(x)], 0)) as tf.Tensor4D;
await writeSheet(at('reconstructions.png'), await pixels(both), 4);
x.dispose();

const rows = [];
for (const name of ['baseline', 'self-conditioned']) {
  const { network, diffusion, normalizer, tap } = await loadNetworkFile(at(`${name}.safetensors`));
  const { steps: number, ...ends } = choices.grid;
  const sigmas = karrasSigmas(number, ends);
  const shape = [count, ...dit.image];
  const z = await sample(heun(), denoiser(network, diffusion), { sigmas, shape, key: foldIn(key(seed), 5) });
  const samples = await pixels(tf.tidy(() => decoder.images(z as tf.Tensor4D, normalizer)));
  z.dispose();
  await writeSheet(at(`${name}.png`), samples, Math.min(8, Math.floor(count / 8)));
  const { distance, heldOut, reconstructed, noise, space } = await judgeSamples(samples, splits, decoder);
  const probed = { most: Number(flags.probed), key: foldIn(key(seed), 6) };
  const grid = await judgeFeatures({ network, diffusion, decoder, splits, ...probed });
  const { tap: bestTap, sigma, testAccuracy } = grid.best;
  rows.push({ name, space, distance, heldOut, reconstructed, noise, tap, bestTap, sigma, testAccuracy });
  const figures = `${space} ${distance.toFixed(2)} (reconstructions ${reconstructed.toFixed(2)}, real ${heldOut.toFixed(2)}, noise ${noise.toFixed(0)})`;
  console.log(`${name}: ${figures}; probe ${(100 * testAccuracy).toFixed(1)} % at ${bestTap}, sigma ${sigma}`);
  network.dispose();
}
const about = { backend, seconds: seconds(), images: splits.train.name };
const summary = { ...about, autoencoder: autoencoder.config, dit, rows };
await saveBytes(at('summary.json'), JSON.stringify(summary, null, 2));
console.log(`${seconds()} s on ${backend}; look at ${at('self-conditioned.png')}`);
await lock.release();
