import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../scripts/run-example.mjs', import.meta.url));
const run = (...args: string[]) => spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });

describe('run-example', () => {
  it('names the examples when there is none of that name', () => {
    const { status, stderr } = run('04-nothing');
    expect(status).toBe(2);
    expect(stderr).toContain('02-train-on-digits');
  });
});

describe('01-sample-from-a-formula', () => {
  it('prints errors that fall with the budget, faster for Heun, and draws the way', () => {
    const out = join(mkdtempSync(join(tmpdir(), 'ring-')), 'ring.svg');
    const { status, stdout, stderr } = run('01-sample-from-a-formula', '--samples', '60', '--out', out);
    expect(status, stderr).toBe(0);
    const rows = [...stdout.matchAll(/^\s*(\d+)\s+([\d.]+)\s+([\d.]+)$/gm)].map((row) => row.slice(1).map(Number));
    expect(rows).toHaveLength(4);
    const [first, last] = [rows[0], rows[3]];
    expect(last[0]).toBeGreaterThan(4 * first[0]);
    expect(last[1]).toBeLessThan(first[1] / 4);
    expect(last[2]).toBeLessThan(last[1] / 2);
    expect(readFileSync(out, 'utf8')).toMatch(/^<svg[\s\S]*<circle[\s\S]*<\/svg>/);
  });
});
