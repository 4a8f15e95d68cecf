import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as data from '@diptych/data';
import * as browser from '@diptych/data/browser';
import * as images from '@diptych/data/images';
import * as node from '@diptych/data/node';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = (name: string) => readFileSync(`${root}docs/${name}`, 'utf8');
const examples = (text: string) => [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);

/** Runs an example as it stands in a folder of its own. */
function run(code: string): string {
  const folder = mkdtempSync(`${root}docs/.example-`);
  try {
    writeFileSync(`${folder}/main.ts`, code);
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ['--import', import.meta.resolve('tsx'), `${folder}/main.ts`],
      { encoding: 'utf8', env: { ...process.env, TSX_TSCONFIG_PATH: `${root}tsconfig.json` } },
    );
    expect(status, stderr).toBe(0);
    return stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('docs on data', () => {
  it('extend/dataset.md: the data set of your own works as it stands', () => {
    const [example] = examples(page('extend/dataset.md'));
    const body = /const discs[\s\S]*?\n};\n/.exec(example)![0];
    expect(body.trim().split('\n').length).toBeLessThanOrEqual(20);
    const output = run(example);
    expect(output).toMatch(/^\[ 32, 16, 16, 1 \] 32 \[/);
    expect(output.match(/count: 100/g)).toHaveLength(3);
  });

  it('data.md: the first example runs on a folder of images', async () => {
    const folder = mkdtempSync(`${root}docs/.photos-`);
    try {
      for (let i = 0; i < 64; i++) {
        const pixels = new Uint8ClampedArray(12).fill(i);
        await node.savePng(`${folder}/${i % 2}/${i}.png`, { data: pixels, width: 2, height: 2, channels: 3 });
      }
      const [example] = examples(page('data.md'));
      expect(run(example.replace("'photos'", JSON.stringify(folder)))).toBe('[ 64, 2, 2, 3 ] 768 64\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('data.md: every function that it names is exported', () => {
    const exported = { ...data, ...browser, ...images, ...node };
    const named = [...page('data.md').matchAll(/`(?:data\.)?([a-z]\w+)\(/g)].map(([, name]) => name);
    const methods = ['sample', 'from', 'convert']; // of a latent data set, of a stream, of Pillow
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((name) => !(name in exported) && !methods.includes(name))).toEqual([]);
  });
});
