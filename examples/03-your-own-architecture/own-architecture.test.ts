import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodePng } from '@diptych/data/images';
import { describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/run-example.mjs', import.meta.url));
const run = (...args: string[]) =>
  spawnSync(process.execPath, [script, '03-your-own-architecture', ...args], { encoding: 'utf8' });

describe('03-your-own-architecture', () => {
  it('trains both networks, probes every layer and draws samples', () => {
    const out = join(mkdtempSync(join(tmpdir(), 'mixer-')), 'deeper', 'samples.png');
    const { status, stdout, stderr } = run('--steps', '12', '--out', out);
    expect(status, stderr.slice(-500)).toBe(0);
    const row = (name: string) => stdout.split('\n').find((line) => line.trim().startsWith(name))!;
    for (const name of ['plain', 'self-conditioned']) expect(row(name).match(/\d+\.\d %/g)).toHaveLength(4);
    const weights = (name: string) => Number(row(name).trim().split(/\s+/)[1]);
    // One more block: two layers and a scale, 3 (64 64 + 64).
    expect(weights('self-conditioned') - weights('plain')).toBe(12480);
    const { width, height } = decodePng(readFileSync(out));
    expect(width).toBeGreaterThan(16 * 48);
    expect(height).toBeGreaterThan(4 * 48);
  });

  it('refuses an unknown flag and writes nothing', () => {
    const out = join(mkdtempSync(join(tmpdir(), 'mixer-')), 'samples.png');
    const { status, stderr } = run('--stepz', '12', '--out', out);
    expect(status).not.toBe(0);
    expect(stderr).toContain('--stepz');
    expect(existsSync(out)).toBe(false);
  });
});
