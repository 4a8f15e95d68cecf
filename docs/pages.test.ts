import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs the TypeScript of a page, block after block, and what is asked of it at the end; gives what was printed last. */
function lastLine(page: string, shown: string): string {
  const text = readFileSync(`${root}docs/${page}`, 'utf8');
  const code = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block]) => block).join('\n');
  const folder = mkdtempSync(`${root}examples/.page-`);
  try {
    writeFileSync(`${folder}/main.ts`, `${code}\nconsole.log(JSON.stringify(${shown}));\n`);
    const env = { ...process.env, TSX_TSCONFIG_PATH: `${root}tsconfig.json` };
    const args = ['--import', import.meta.resolve('tsx'), `${folder}/main.ts`];
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8', env });
    expect(status, stderr).toBe(0);
    return stdout.trim().split('\n').at(-1)!;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('docs', () => {
  it('tour.md: the code runs as it stands: the point comes back, features beat chance', () => {
    const shown = '[drawn.dataSync().every((v) => Math.abs(v - 0.25) < 1e-5), digits.shape, grid.best.testAccuracy]';
    const [point, shape, accuracy] = JSON.parse(lastLine('tour.md', shown)) as [boolean, number[], number];
    expect([point, shape]).toEqual([true, [8, 8, 8, 1]]);
    expect(accuracy).toBeGreaterThan(0.5);
  });

  it('use/guidance.md: the code runs as it stands', () => {
    const shown = '[images.shape, better.shape, tf.all(tf.isFinite(better)).dataSync()[0]]';
    expect(JSON.parse(lastLine('use/guidance.md', shown))).toEqual([[4, 8, 8, 1], [4, 8, 8, 1], 1]);
  });

  it('use/editing-and-likelihood.md: encoding and sampling return to the image, likelihoods are those of the Gaussian', () => {
    const exact = 'images.dataSync().reduce((sum, v) => sum - v * v / 0.5 - Math.log(0.5 * Math.sqrt(2 * Math.PI)), 0)';
    const shown = `[tf.max(tf.abs(tf.sub(back, images))).dataSync()[0], logDensity[0] + logDensity[1] - ${exact}, bits.length, between.shape, edited.shape, filled.shape]`;
    const [error, gap, count, ...shapes] = JSON.parse(lastLine('use/editing-and-likelihood.md', shown)) as [
      number,
      number,
      number,
      ...number[][],
    ];
    expect(error).toBeLessThan(0.05);
    expect(Math.abs(gap)).toBeLessThan(0.05);
    expect(count).toBe(2);
    expect(shapes).toEqual([
      [1, 4, 4, 1],
      [2, 4, 4, 1],
      [2, 4, 4, 1],
    ]);
  });

  it('use/long-trainings.md: the code runs as it stands, resumes, and leaves nothing beside its files', () => {
    const shown = '[done, readdirSync(folder).sort()]';
    expect(JSON.parse(lastLine('use/long-trainings.md', shown))).toEqual([
      [3, 5],
      ['checkpoint.safetensors', 'log.jsonl'],
    ]);
  });

  it('paper-map.md: the table is what the docstrings say', () => {
    const { stderr, status } = spawnSync(process.execPath, [`${root}scripts/paper-map.mjs`, '--check'], {
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(0);
  });
});
