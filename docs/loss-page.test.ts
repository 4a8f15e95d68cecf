import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as core from '@diptych/core';
import * as ramps from '@diptych/core/ramps';
import * as training from '@diptych/core/training';
import * as denoising from '@diptych/losses/denoising';
import * as diagnostics from '@diptych/losses/diagnostics';
import * as distillation from '@diptych/losses/distillation';
import * as objective from '@diptych/losses/objective';
import * as pairwise from '@diptych/losses/pairwise';
import * as recipes from '@diptych/losses/recipes';
import { describe, expect, it } from 'vitest';

const losses = { ...denoising, ...diagnostics, ...distillation, ...objective, ...pairwise, ...recipes };
const root = fileURLToPath(new URL('..', import.meta.url));
const choose = readFileSync(`${root}docs/choose/objective.md`, 'utf8');
const extend = readFileSync(`${root}docs/extend/loss.md`, 'utf8');
const source = `${root}packages/losses/src/`;
const files = readdirSync(source, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));

/** `| WhatOptions | option | default |` of every option that has a default, as the docstrings state it. */
function defaults(): string[] {
  const exported = files
    .filter((name) => /^\w+\/index\.ts$/.test(name))
    .map((name) => readFileSync(source + name, 'utf8'))
    .join();
  return files.sort().flatMap((name) => {
    const text = readFileSync(source + name, 'utf8');
    return [...text.matchAll(/export interface (\w+Options)\b[^{]*\{([\s\S]*?)\n\}/g)]
      .filter(([, options]) => exported.includes(options))
      .flatMap(([, options, body]) =>
        [...body.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*?)\*\/\s+(?:readonly )?(\w+)\??[:(]/g)].flatMap(
          ([, doc, option]) => {
            const words = doc.replace(/\n\s+\*/g, '').replace(/\s+/g, ' ');
            const said = /Default:? ((?:[^.]|\.(?=\S))+)/.exec(words)?.[1];
            return said ? [`| \`${options}\` | \`${option}\` | ${said.trim().replaceAll('|', '\\|')} |`] : [];
          },
        ),
      );
  });
}

describe('docs/choose/objective.md', () => {
  it('names every loss, head, teacher, schedule and diagnostic that there is', () => {
    const missing = Object.keys(losses).filter((name) => !choose.includes(`\`${name}\``));
    expect(missing).toEqual([]);
  });

  it('names nothing that there is not', () => {
    const [, tables] = choose.split('## Every loss');
    const first = [...tables.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
    const options = first.filter((name) => name.endsWith('Options'));
    expect(
      first.filter(
        (name) => !options.includes(name) && !(name in losses || name in core || name in ramps || name in training),
      ),
    ).toEqual([]);
  });

  it('states every default as the source does', () => {
    const rows = defaults();
    expect(rows.length).toBeGreaterThan(60);
    expect(rows.filter((row) => !choose.replaceAll(/ +/g, ' ').includes(row))).toEqual([]);
  });

  it('gives a source for every objective and every loss', () => {
    const [, tables] = choose.split('## Every loss');
    const rows = tables.split('### Pieces')[0].match(/^\| `\w+`.*$/gm)!;
    expect(rows.length).toBeGreaterThan(40);
    const source = /^ (.*arXiv \d{4}\.\d{5}.*|[A-Z].* (19|20)\d{2}|your own) $/;
    expect(rows.filter((row) => !source.test(row.split(/(?<!\\)\|/).at(-2)!))).toEqual([]);
  });
});

describe('docs/extend/loss.md', { timeout: 120_000 }, () => {
  const blocks = [...extend.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);

  it.each([
    ['the function trains', 0, /^1 [\d.]+\n2 [\d.]+\n3 [\d.]+$/],
    ['the objective shares the pass and logs', 1, /denoising\/loss sharpness\/loss sharpness\/images total\/loss/],
    ['the ratio of gradients is a number', 2, /^\d+\.\d+(e-\d+)?$/],
  ])('%s', (_, block, output) => {
    const folder = mkdtempSync(`${root}examples/.loss-page-`);
    try {
      writeFileSync(`${folder}/main.ts`, blocks[block]);
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        ['--import', import.meta.resolve('tsx'), `${folder}/main.ts`],
        { encoding: 'utf8', env: { ...process.env, TSX_TSCONFIG_PATH: `${root}tsconfig.json` } },
      );
      expect(status, stderr).toBe(0);
      expect(stdout.trim()).toMatch(output);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
