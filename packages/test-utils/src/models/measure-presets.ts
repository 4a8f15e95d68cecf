/**
 * What every preset costs, as rows of a Markdown table: parameters and multiply-adds of all of them, and for those that fit, time of one
 * processor and peak memory of a forward pass and of a training step at batch 1, each in a process of its own, on the WASM backend with
 * our kernels. Time is that of the processor, since others may have the machine. Then what gradient checkpointing saves.
 *
 *     TSX_TSCONFIG_PATH=tsconfig.json npx tsx packages/test-utils/src/models/measure-presets.ts [--only S/] [--repeat 5] [--mode checkpointing]
 *
 * `--only` picks those whose name contains a text. Memory is the largest resident set of the process, about 200 MB of which are Node's.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { edm, key, type Batch } from '@diptych/core';
import { denoisingLoss } from '@diptych/losses';
import { DiT, ditPresets, lightningDiTPresets, sitPresets, summarize, UViT, uvitPresets } from '@diptych/models';
import { pickBackend } from '@diptych/ops';
import { adamW, train } from '@diptych/trainer';
import * as tf from '@tensorflow/tfjs-core';

type Make = () => UViT | DiT;

const uvit = (name: keyof typeof uvitPresets, image: readonly [number, number, number]): [string, Make] => {
  const label = image[2] === 4 ? { classes: 1000 } : {};
  return [`U-ViT-${name}, ${image.join('x')}`, () => new UViT({ ...uvitPresets[name], image, ...label })];
};
const latents = [32, 32, 4] as const;
const small = [16, 16, 32] as const;
const cifar = { ...uvitPresets['S/2'], image: [32, 32, 3] } as const;
const dit = { ...ditPresets['S/2'], image: latents, classes: 1000 } as const;
const recomputed = (network: UViT | DiT) => (network.setRecompute(/^(in\.\d+|mid|out\.\d+|block\.\d+)$/), network);

const presets = new Map<string, Make>([
  uvit('S/2', [32, 32, 3]),
  ['U-ViT-S/2, self-conditioned', () => new UViT({ ...cifar, selfConditioning: {} })],
  ['U-ViT-S/2, recomputed', () => recomputed(new UViT(cifar))],
  uvit('S/4', [64, 64, 3]),
  uvit('S-deep/2', latents),
  uvit('M/2', latents),
  uvit('M/4', [64, 64, 3]),
  uvit('L/4', [64, 64, 3]),
  uvit('L/2', latents),
  uvit('H/2', latents),
  uvit('H/4', [64, 64, 4]),
  ...Object.entries(ditPresets).map(([name, of]): [string, Make] => [
    `DiT-${name}`,
    () => new DiT({ ...of, image: latents, classes: 1000 }),
  ]),
  ['DiT-S/2, self-conditioned', () => new DiT({ ...dit, selfConditioning: {} })],
  ['DiT-S/2, recomputed', () => recomputed(new DiT(dit))],
  ...Object.entries(lightningDiTPresets).map(([name, of]): [string, Make] => [
    `LightningDiT-${name}`,
    () => new DiT({ ...of, image: small, classes: 1000 }),
  ]),
  ...Object.entries(sitPresets).map(([name, of]): [string, Make] => [
    `SiT-${name}`,
    () => new DiT({ ...of, image: latents, classes: 1000 }),
  ]),
]);

/** Largest networks that are run, in parameters: what is larger takes minutes for one step here. */
const largest = { forward: 140e6, train: 60e6 };

type Mode = keyof typeof largest;

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    repeat: { type: 'string', default: '5' },
    run: { type: 'string' },
    mode: { type: 'string', default: 'forward' },
  },
});

if (flags.run) console.log(JSON.stringify(await measured(presets.get(flags.run)!(), flags.mode as Mode)));
else if (flags.mode === 'checkpointing') await checkpointing();
else {
  console.log('| preset | parameters | GMACs | forward | memory | training step | memory |');
  console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: |');
  for (const [name, make] of presets) {
    if (!name.includes(flags.only)) continue;
    const { parameters, macs } = summarize(make());
    const cells = (['forward', 'train'] as const).flatMap((mode) => inProcess(name, mode, parameters));
    console.log(`| ${[name, parameters.toLocaleString('en'), (macs / 1e9).toFixed(3), ...cells].join(' | ')} |`);
  }
}

/** Median time in ms and largest resident set in MB, in another process; dashes where it does not fit. */
function inProcess(name: string, mode: Mode, parameters: number): [string, string] {
  if (parameters > largest[mode]) return ['–', '–'];
  const args = [...process.execArgv, process.argv[1], '--run', name, '--mode', mode, '--repeat', flags.repeat];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) return ['–', '–'];
  const { time, memory } = JSON.parse(stdout.trim().split('\n').at(-1)!) as { time: number; memory: number };
  return [`${shown(time)} ms`, `${shown(memory)} MB`];
}

function shown(n: number): string {
  return n.toLocaleString('en', { maximumSignificantDigits: 3 });
}

/** Largest memory of all tensors, weights included, while the gradient of U-ViT-S/2 is taken at batch 4. */
async function checkpointing(): Promise<void> {
  await pickBackend();
  const network = new UViT(cifar);
  const variables = Object.values(network.trainableVariables());
  for (const on of [false, true]) {
    network.setRecompute(/^(in\.\d+|mid|out\.\d+)$/, on);
    const start = process.cpuUsage();
    const { peakBytes } = await tf.profile(() =>
      tf.tidy(() => {
        const input = { x: tf.ones<tf.Rank.R4>([4, 32, 32, 3]), noise: tf.tensor1d([0.1, 0.2, 0.3, 0.4]) };
        const loss = () => tf.mean(tf.square(network.forward(input).output)) as tf.Scalar;
        tf.variableGrads(loss, variables);
      }),
    );
    const { user, system } = process.cpuUsage(start);
    console.log(
      `recomputed: ${on}, ${(peakBytes / 1e6).toFixed(0)} MB at most, ${((user + system) / 1e6).toFixed(1)} s`,
    );
  }
}

async function measured(network: UViT | DiT, mode: Mode): Promise<{ time: number; memory: number }> {
  await pickBackend();
  const [height, width, channels] = network.config.image;
  const shape = [1, height, width, channels] as const;
  const once =
    mode === 'train'
      ? trainingStep(network, shape)
      : async () => {
          const output = tf.tidy(() => {
            const label = network.classes ? { label: tf.tensor1d([1], 'int32') } : {};
            return network.forward({ x: tf.zeros([...shape]), noise: tf.tensor1d([0.1]), ...label }).output;
          });
          await output.data();
          output.dispose();
        };
  const times: number[] = [];
  for (let i = 0; i <= Number(flags.repeat); i++) {
    const start = process.cpuUsage();
    await once();
    const { user, system } = process.cpuUsage(start);
    times.push((user + system) / 1000);
  }
  times.shift(); // the first one allocates
  times.sort((a, b) => a - b);
  return { time: times[(times.length - 1) >> 1], memory: process.resourceUsage().maxRSS / 1000 };
}

/** A step of AdamW on the EDM loss; a learned variance is dropped. */
function trainingStep(network: UViT | DiT, shape: readonly [number, number, number, number]): () => Promise<void> {
  const { config } = network;
  const trained =
    config instanceof Object && 'variance' in config ? new DiT({ ...config, variance: 'dropped' } as never) : network;
  if (trained !== network && flags.run?.includes('recomputed')) recomputed(trained);
  const batch: Batch = {
    x: new Float32Array(shape.reduce((a, b) => a * b)),
    shape,
    ...(network.classes && { label: Int32Array.of(1) }),
  };
  const endless = (function* () {
    for (;;) yield batch;
  })();
  const run = train({
    network: trained,
    objective: denoisingLoss(edm()),
    data: endless,
    optimizer: adamW(),
    key: key(0),
  });
  const steps = run[Symbol.asyncIterator]();
  return async () => void (await steps.next());
}
