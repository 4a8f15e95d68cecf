/**
 * Weights that somebody else trained with PyTorch: reads a checkpoint of the official DiT code without executing anything of it,
 * builds the network that its tensors describe, samples from it, and reads the features of a layer.
 *
 *     pnpm example 05-official-weights [--weights DiT-XL-2-256x256.pt] [--heads 16] [--layer block.13] [--out runs/official]
 *
 * By default it takes a checkpoint of a few kilobytes, as `train.py` of DiT writes it, with random weights: its samples are noise,
 * but everything else is as with the large ones. The images of a latent model are latents; decoding them takes its autoencoder.
 * Writes the samples (first three channels) as PNG, and the weights as safetensors under the official names.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { saveBytes } from '@diptych/data/node';
import { tellErrors } from '@diptych/formats/node';
import * as core from '@diptych/core';
import { contactSheet, encodePng } from '@diptych/data';
import { readPyTorch, writeSafetensors, type HostTensors } from '@diptych/formats';
import * as models from '@diptych/models';
import { ditNames } from '@diptych/models/networks';
import { officialConstants } from '@diptych/models/state';
import { pickBackend } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';

const tiny = fileURLToPath(new URL('../../packages/test-utils/fixtures/models/pth/training.pt', import.meta.url));
tellErrors('05-official-weights');
const { values: flags } = parseArgs({
  options: {
    weights: { type: 'string', default: tiny },
    heads: { type: 'string', default: '2' },
    layer: { type: 'string' },
    steps: { type: 'string', default: '20' },
    out: { type: 'string', default: 'runs/official' },
  },
});

// 1. The file: plain values and tensors by dotted path. Anything else in its pickle would be refused.
const { tensors, values } = readPyTorch(readFileSync(flags.weights));
const groups = ['ema', 'model', ''];
const group = groups.find((name) => within(name)['x_embedder.proj.weight'] !== undefined);
if (group === undefined)
  throw new Error(`${flags.weights} holds no DiT: ${Object.keys(tensors).slice(0, 5).join(', ')} ...`);
const official = within(group);
console.log(
  `${Object.keys(tensors).length} tensors, ${Object.keys(values).length} plain values; weights of "${group || 'the file itself'}"`,
);

/** The tensors below a path, without the prefix of parallel training. */
function within(path: string): HostTensors {
  const prefix = path && `${path}.`;
  const inside = Object.entries(tensors).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(
    inside.map(([name, tensor]) => [name.slice(prefix.length).replace(/^module\./, ''), tensor]),
  );
}

// 2. The network that these shapes belong to. The number of heads is in no shape.
const [width, channels, patch] = official['x_embedder.proj.weight'].shape;
const grid = Math.sqrt(official['pos_embed'].shape[1]);
const depth = new Set(Object.keys(official).flatMap((name) => /^blocks\.(\d+)\./.exec(name)?.[1] ?? [])).size;
const learned = official['final_layer.linear.bias'].shape[0] === 2 * patch * patch * channels;
const classes = official['y_embedder.embedding_table.weight'].shape[0] - 1;
const image = [grid * patch, grid * patch, channels] as const;
const backend = await pickBackend();
const network = new models.DiT({
  ...{ image, patch, width, depth, classes, heads: Number(flags.heads) },
  variance: learned ? 'dropped' : 'none', // the samplers here need the prediction only
});
const names = ditNames(network);
models.loadStateDict(network, models.fromOfficial(official, names)); // or an error that lists every tensor that does not fit
console.log(
  `${backend}: a DiT of ${depth} blocks of width ${width} for images ${image.join('x')} in ${classes} classes`,
);
console.log(String(models.summarize(network)));

// 3. Samples: the noise schedule that DiT was trained with, guided towards a class each.
const chain = core.discreteSchedule(core.linearBetas());
const diffusion = core.scheduledDiffusion(chain);
const steps = Number(flags.steps);
const label = Array.from({ length: 8 }, (_, i) => i % classes);
const images = (await core.sample(core.ddim(), core.labelGuided(network, diffusion, { label, rule: core.cfg(4) }), {
  sigmas: [...core.trailingTimesteps(steps).map(chain.sigma), 0],
  shape: [label.length, ...image],
  key: core.key(0),
})) as tf.Tensor4D;
const colours = tf.tidy(() => tf.slice(images, [0, 0, 0, 0], [-1, -1, -1, channels < 3 ? 1 : 3]));
const sheet = contactSheet({
  x: (await colours.data()) as Float32Array,
  shape: colours.shape as [number, number, number, number],
});
await saveBytes(join(flags.out, 'samples.png'), encodePng(sheet));

// 4. Features of one layer, one vector for each image: what a linear probe or a retrieval takes.
const layer = flags.layer ?? `block.${Math.floor(depth / 2)}`;
const features = core.readFeatures(network, diffusion, images, chain.sigma(50), [layer])[layer];
const length = tf.tidy(() => tf.norm(features, 2, 1));
console.log(
  `features of ${layer}: ${features.shape.join('x')}, of length ${[...(await length.data())].map((n) => n.toFixed(2)).join(' ')}`,
);

// 5. And back: under the official names, in the official layout.
const state = await models.stateDict(network);
const exported = { ...models.toOfficial(state, names), ...officialConstants(names) };
const bytes = writeSafetensors(exported, { from: 'diptych' });
await saveBytes(join(flags.out, 'weights.safetensors'), bytes);
const same = Object.entries(official).every(([name, { data }]) => {
  return (exported[name].data as Float32Array).every((n, i) => n === data[i]);
});
console.log(
  `${Object.keys(exported).length} tensors written back, ${same ? 'bit for bit those of the file' : 'others than those of the file'}`,
);
console.log(`samples and weights: ${flags.out}`);
tf.dispose([images, colours, features, length]);
network.dispose();
