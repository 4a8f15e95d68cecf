import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { slicedDistance } from './sliced-distance.ts';
import { contestants } from './samplers.ts';

const script = fileURLToPath(new URL('../../scripts/run-example.mjs', import.meta.url));

describe('04-toy-samplers', () => {
  it('prints and draws every sampler, whose errors fall with the calls', () => {
    const out = mkdtempSync(join(tmpdir(), 'samplers-'));
    const args = ['04-toy-samplers', '--samples', '200', '--calls', '8,24', '--out', out];
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    const errorsOf = (name: string) => {
      const line = stdout.split('\n').find((line) => line.startsWith(`${name} `)) ?? '';
      return [...line.slice(name.length).matchAll(/([\d.]+) \((\d+)\)/g)].map((found) => found.slice(1).map(Number));
    };
    for (const { name, kind } of contestants) {
      const errors = errorsOf(name);
      expect(errors, name).toHaveLength(2);
      if (kind === 'deterministic') expect(errors[1]![0], name).toBeLessThan(errors[0]![0]!);
    }
    const sheet = readFileSync(join(out, 'samplers.svg'), 'utf8');
    expect(sheet.match(/<path /g)).toHaveLength(contestants.length + 1);
    expect(readFileSync(join(out, 'samplers-error.svg'), 'utf8')).toContain('uniPc()');
  }, 120_000);

  it('measures the distance of two sets: none to itself, and how far it was moved', () => {
    const points = Array.from({ length: 100 }, (_, i) => Math.sin(7 * i));
    expect(slicedDistance(points, points)).toBe(0);
    const moved = points.map((value, i) => (i % 2 === 0 ? value + 1 : value));
    // The mean of |cos| over directions.
    expect(slicedDistance(points, moved, 512)).toBeCloseTo(2 / Math.PI, 3);
  });
});
