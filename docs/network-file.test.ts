import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs a program in a folder of its own beside the examples, and gives back what it printed. */
function printed(code: string): string {
  const folder = mkdtempSync(`${root}examples/.file-`);
  try {
    writeFileSync(`${folder}/main.ts`, code);
    const env = { ...process.env, TSX_TSCONFIG_PATH: `${root}tsconfig.json` };
    const args = ['--import', import.meta.resolve('tsx'), 'main.ts'];
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8', env, cwd: folder });
    expect(status, stderr).toBe(0);
    return stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('README.md', () => {
  it('samples, reads features and probes from a network file in the lines that it shows', () => {
    const readme = readFileSync(`${root}README.md`, 'utf8');
    const [, saving] = /`(saveNetworkFile\(.*?\))` keeps/.exec(readme)!;
    const [, lines] = /## A network is one file[\s\S]*?```ts\n([\s\S]*?)```/.exec(readme)!;
    const stdout = printed(`
      import '@tensorflow/tfjs-backend-cpu';
      import * as tf from '@tensorflow/tfjs-core';
      import { denoiser, heun, karrasSigmas, key, sample } from '@diptych/core';
      import { digits, subset } from '@diptych/data';
      import { linearProbeGrid, networkFeatures } from '@diptych/eval';
      import { UViT } from '@diptych/models';
      import { readFeatures } from '@diptych/core';
      import { loadNetworkFile, saveNetworkFile } from '@diptych/models/node';
      async function save() {
        const network = new UViT({ image: [8, 8, 1], patch: 4, width: 8, depth: 2, heads: 2, selfConditioning: {} });
        const run = { ema: network.variables() };
        await ${saving};
      }
      await save();
      const part = (from: number, to: number) => subset(digits(), { from, to });
      const digitSplits = () => ({ train: part(0, 60), validation: part(60, 90), test: part(90, 120) });
      const noisy = tf.zeros<tf.Rank.R4>([3, 8, 8, 1]);
      ${lines.replace('karrasSigmas(18)', 'karrasSigmas(2)').replace('[16, 8, 8, 1]', '[2, 8, 8, 1]')}
      console.log(images.shape, tap, features.shape, grid.taps, grid.best.testAccuracy > 0.12);`);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      "[ 2, 8, 8, 1 ] selfConditioning.pooled [ 3, 8 ] [ 'in.0', 'mid', 'selfConditioning.pooled', 'out.0' ] true",
    );
  });
});

describe('docs/use/pretrained.md', () => {
  it('leads from a checkpoint of each family to a file, and from the file to images and features', () => {
    const page = readFileSync(`${root}docs/use/pretrained.md`, 'utf8');
    const section = (title: string) => /```ts\n([\s\S]*?)```/.exec(page.slice(page.indexOf(`## ${title}\n`)))![1];
    const [, below] = /```ts\n(const below[\s\S]*?)```/.exec(page)!;
    // Every network as small as its checkpoint is made here; all other lines as they stand.
    const smaller = (code: string) =>
      code
        .replace(
          /\.\.\.models\.(uvitPresets|ditPresets|sitPresets|lightningDiTPresets)\['(\w+\/\w+)'\]/,
          '...small(models.$1["$2"])',
        )
        .replace(
          /models\.autoencoderKLPresets\['f8-d4'\]/,
          '{ ...models.autoencoderKLPresets["f8-d4"], widths: [4, 4, 4, 4], groups: 2, blocks: 1 }',
        )
        .replace(
          /\.\.\.models\.unetPresets(\.\w+|\['[\w-]+'\])/,
          '...models.unetPresets$1, width: 8, groups: 4, finalGroups: 4, multipliers: [1, 2], blocks: 1, attention: [2]',
        )
        .replace(
          /\.\.\.models\.edm2Presets\['[\w-]+'\]/,
          '$&, width: 8, headChannels: 8, multipliers: [1, 2], blocks: 1, attention: [2]',
        )
        .replace(/image: \[(\d+), \d+, (\d+)\]/, 'image: [4, 4, $2]')
        .replace('classes: 1000', 'classes: 3');
    const family = (title: string, names: string, options = '', prefix = 'ema.module.') => {
      const code = smaller(section(title));
      const [make] = code.split('\n');
      const [, variable] = /const (\w+) =/.exec(make)!;
      return `
        await (async () => {
          ${make}
          const names_ = models.${names}(${variable} as never${options});
          const official = toOfficial(await stateDict(${variable}), names_);
          const constants = officialConstants(names_);
          const tensors = { ...official, ...constants, ...Object.fromEntries(Object.entries({ ...official, ...constants }).map(([n, t]) => ['${prefix}' + n, t])) };
          ${/below\(/.test(code.replace(/\/\/.*/g, '')) ? below : ''}
          const tensorsOf = tensors;
          await (async () => {
            const tensors = Object.fromEntries(Object.entries(tensorsOf).filter(([name]) => !name.startsWith('${prefix}')));
            ${code}
          })();
          console.log('${title}: saved');
        })();`;
    };
    const usage = section('Images and features, from the file').replace(/import .*\n/g, '');
    const stdout = printed(`
      import '@tensorflow/tfjs-backend-cpu';
      import * as tf from '@tensorflow/tfjs-core';
      import { denoiser, heun, karrasSigmas, key, sample } from '@diptych/core';
      import { readFeatures } from '@diptych/core';
      import { fromOfficial, loadStateDict, stateDict, toOfficial } from '@diptych/models';
      import * as models from '@diptych/models/networks';
      import { officialConstants } from '@diptych/models/state';
      import { loadAutoencoderFile, loadNetworkFile, saveNetworkFile } from '@diptych/models/node';
      const small = <T extends object>(preset: T) => {
        const more = 'projectors' in preset ? { projectors: { after: 'block.0', hidden: 8, outputs: [4] } } : {};
        return { ...preset, ...more, patch: 2, width: 24, depth: 2, heads: 2 };
      };
      const normalizer = models.latentNormalizer({ scale: 0.18215, channels: 4 });
      const [mean, std] = [Array(32).fill(0.1), Array(32).fill(2)];
      ${family('U-ViT', 'uvitNames')}
      ${family('DiT', 'ditNames')}
      ${family('SiT', 'ditNames')}
      ${family('LightningDiT', 'ditNames')}
      ${family('DiT of diffusers', 'diffusersDiTNames')}
      ${family('Autoencoders', 'diffusersAutoencoderKLNames')}
      ${family('DDAE', 'ddaeNames', '', 'MODEL.module.nn_model.')}
      ${family('EDM', 'edmNames', ", { prefix: 'model.' }")}
      ${family('EDM2', 'edm2Names')}
      ${family('UNet2D of diffusers', 'diffusersUNetNames')}
      for (const file of ['ddae', 'edm-network', 'edm2', 'ddpm']) console.log((await loadNetworkFile(file + '.safetensors')).network.constructor.name);
      const label = tf.tensor1d([0, 1, 2, 0], 'int32');
      const noisyLatents = tf.zeros<tf.Rank.R4>([2, 4, 4, 4]);
      {
      ${usage.replace('karrasSigmas(18)', 'karrasSigmas(2)').replace('[4, 32, 32, 4]', '[4, 4, 4, 4]')}
      console.log(images.shape, features[tap].shape);
      }`);
    const vits = ['U-ViT', 'DiT', 'SiT', 'LightningDiT', 'DiT of diffusers'];
    const saved = [...vits, 'Autoencoders', 'DDAE', 'EDM', 'EDM2', 'UNet2D of diffusers'];
    expect(stdout).toContain('UNet\nUNet\nEdm2UNet\nUNet\n');
    expect(stdout.split('\n').filter((line) => line.endsWith(': saved'))).toEqual(
      saved.map((name) => `${name}: saved`),
    );
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('[ 4, 32, 32, 3 ] [ 2, 24 ]');
  });
});
