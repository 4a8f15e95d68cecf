import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('main.ts', import.meta.url));
const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'diptych-bench-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bench = (...line: string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', script, ...line], {
    cwd: root,
    encoding: 'utf8',
    // A Python that is not there: the benchmark must get along without its peers.
    // Nor does it fetch another Node.
    env: { ...process.env, DIPTYCH_PYTHON: join(folder, 'python'), DIPTYCH_BENCH_NODE: 'here' },
  });

describe('pnpm bench', () => {
  it('writes machine, versions and results in the promised form, and says what it left out', () => {
    const json = join(folder, 'deep', 'bench.json');
    const markdown = join(folder, 'bench.md');
    const run = bench('--only', 'matmul', '--repeat', '1', '--json', json, '--markdown', markdown);
    expect(run.stderr).toContain('matmul-1024');
    expect(run.status).toBe(0);
    const record = JSON.parse(readFileSync(json, 'utf8'));
    expect(Object.keys(record)).toEqual(['machine', 'versions', 'results']);
    expect(record.machine.node).toBe(process.version);
    expect(record.versions.pytorch).toBe('not installed');
    expect(record.versions['@tensorflow/tfjs-core']).toMatch(/^\d+\.\d+\.\d+/);
    const names = record.results.map(({ name }: { name: string }) => name);
    expect(names).toContain('matmul-1024/wasm-1/tfjs-wasm');
    if (record.machine.cores > 1) expect(names).toContain('matmul-1024/wasm-2/wasm-1');
    expect(names.join()).not.toContain('pytorch');
    for (const result of record.results) {
      expect(Object.keys(result)).toEqual(['name', 'ours', 'theirs', 'unit', 'ratio']);
      expect(result.ratio).toBeCloseTo(result.ours / result.theirs, 6);
      expect(result.unit).toBe('GFLOP/s');
    }
    expect(run.stdout).toContain('every result against PyTorch');
    expect(run.stdout).toContain(readFileSync(markdown, 'utf8'));
  });

  it('ends with code 2 and its usage on a command line that it cannot follow', () => {
    const run = bench('--only', 'everything');
    expect(run.status).toBe(2);
    expect(run.stderr).toContain('no suite named "everything"');
    expect(run.stderr).toContain('--profile FOLDER');
  });
});
