import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killLoop, runTraining } from '@diptych/test-utils/trainer/kills';
import { describe, expect, it } from 'vitest';

describe('a training in a process of its own', { timeout: 300_000 }, () => {
  it('loses no saved step, mixes nothing and leaves nothing when it is killed, and ends as one that nobody killed', async () => {
    const { kills, files, same } = await killLoop({ kills: 6, seed: 1 });
    expect(kills.filter(({ insideSave }) => insideSave).length).toBeGreaterThanOrEqual(3);
    expect(kills.filter(({ saved, found }) => found < saved)).toEqual([]);
    expect(same).toEqual({ 'checkpoint.safetensors': true, 'log.jsonl': true, 'samples.f32': true });
    expect(files).toEqual(['checkpoint.safetensors', 'log.jsonl', 'samples.f32']);
  });

  it('resumed on one thread, ends bit for bit as on two throughout: checkpoint, log and samples', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'diptych-threads-'));
    try {
      const on = async (name: string, steps: number, threads: number) => {
        const env = { DIPTYCH_THREADS: String(threads) };
        const { lines, code, errors } = await runTraining({ folder: join(folder, name), steps, env });
        expect(code, errors).toBe(0);
        expect(lines[0]).toContain(`${threads} thread`);
        return lines;
      };
      await on('parts', 7, 2);
      expect(await on('parts', 13, 1)).toContain('resume 7');
      await on('straight', 13, 2);
      for (const file of ['checkpoint.safetensors', 'log.jsonl', 'samples.f32']) {
        const [one, two] = await Promise.all(['parts', 'straight'].map((name) => readFile(join(folder, name, file))));
        expect(one.length).toBeGreaterThan(500);
        expect(one.equals(two), file).toBe(true);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
