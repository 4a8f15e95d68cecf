import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { euler, key, sample, type Sampler } from '@diptych/core';
import * as grids from '@diptych/core/grids';
import * as samplers from '@diptych/core/samplers';
import * as schedules from '@diptych/core/schedules';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(`${root}docs`, { recursive: true }).map((name) => `docs/${name}`),
]
  .filter((name) => name.endsWith('.md'))
  .map((name) => ({ name, text: readFileSync(root + name, 'utf8') }));

describe('docs', () => {
  it.each(pages)('$name: links lead somewhere', ({ name, text }) => {
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link]) => link);
    expect(links.filter((link) => !existsSync(join(root, dirname(name), link)))).toEqual([]);
  });

  it.each(pages)('$name: files that it names exist', ({ text }) => {
    const named = [
      ...text.matchAll(/`((?:packages\/)?(?:ops|core|models|losses|data|eval|trainer)\/src\/[^`*<>{}…]+\.ts)`/g),
    ];
    const missing = named
      .map(([, path]) => path)
      .filter((path) => !existsSync(`${root}packages/${path.replace('packages/', '')}`));
    expect(missing).toEqual([]);
  });

  it('README.md: the example runs as it stands, in a shorter form', () => {
    const [, example] = /```ts\n([\s\S]*?)```/.exec(readFileSync(`${root}README.md`, 'utf8'))!;
    const shorter = example.replace('steps: 500', 'steps: 3').replace('step % 100 === 0', 'step > 0');
    expect(shorter).not.toBe(example);
    const folder = mkdtempSync(`${root}examples/.readme-`);
    try {
      writeFileSync(
        `${folder}/main.ts`,
        `${shorter}\nconsole.log(String(images.shape), tf.getBackend());`.replace(
          /^/,
          "import * as tf from '@tensorflow/tfjs-core';\n",
        ),
      );
      const env = { ...process.env, TSX_TSCONFIG_PATH: `${root}tsconfig.json` };
      const { stdout, stderr, status } = spawnSync(
        process.execPath,
        ['--import', import.meta.resolve('tsx'), `${folder}/main.ts`],
        { encoding: 'utf8', env, cwd: folder },
      );
      expect(status, stderr).toBe(0);
      expect(stdout.trim().split('\n')).toHaveLength(4);
      expect(stdout).toContain('16,8,8,1');
      expect(existsSync(`${folder}/digits.png`)).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('choose/sampler.md: every name of other libraries stands for something that runs', async () => {
    const page = readFileSync(`${root}docs/choose/sampler.md`, 'utf8');
    const section = page.slice(page.indexOf('## The names you know'), page.indexOf('## Measured'));
    const rows = [...section.matchAll(/^\| .* \| `([^`]+)`(?: on `([^`]+)`)? \|$/gm)];
    expect(rows.length).toBeGreaterThan(28);
    const chain = schedules.discreteSchedule(schedules.linearBetas());
    const names = { ...samplers, ...grids, ...schedules, n: 6, chain };
    const value = (expression: string) =>
      new Function(...Object.keys(names), `return ${expression}`)(...Object.values(names)) as unknown;
    for (const [, expression, grid = 'karrasSigmas(n)'] of rows) {
      const made = value(expression);
      const sigmas = (Array.isArray(made) ? made : value(grid)) as number[];
      const sampler = Array.isArray(made) ? euler() : (made as Sampler);
      const denoise = (x: tf.Tensor, sigma: number) => tf.div(x, 1 + sigma ** 2);
      const x = await sample(sampler, denoise, { shape: [1, 2, 2, 1], key: key(0), sigmas });
      expect(await x.data(), expression).toSatisfy((values: Float32Array) => values.every(Number.isFinite));
      x.dispose();
    }
  });
});
