import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { key } from '@diptych/core';
import { digitSplits, subset } from '@diptych/data';
import { pickBackend } from '@diptych/ops';
import type { Checkpoint } from '@diptych/trainer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { armData, arms } from './arms.ts';
import { runArm, type ArmResult } from './run-arm.ts';
import { cutAt, keep, keepCheckpoint } from './study-folder.ts';
import { markdown, spread, summary, tableOf } from './summary.ts';

const script = fileURLToPath(new URL('../../scripts/run-example.mjs', import.meta.url));
const tiny = ['--steps', '12', '--seeds', '1', '--samples', '20', '--images', '60'];
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'four-arms-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fourArms(...args: string[]) {
  const env = { ...process.env, INIT_CWD: folder };
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, '06-four-arms', ...args], {
    encoding: 'utf8',
    env,
  });
  return { status, output: stdout + stderr };
}
const text = (...path: string[]) => readFileSync(join(folder, ...path), 'utf8');

describe('06-four-arms', { timeout: 300_000 }, () => {
  it('trains and judges every arm, and reports them in a page, a table and numbers', () => {
    const { status, output } = fourArms(...tiny, '--out', 'study');
    expect(status, output).toBe(0);
    const { runs, arms: rows } = JSON.parse(text('study', 'results.json')) as {
      runs: ArmResult[];
      arms: { arm: string }[];
    };
    const names = ['baseline', 'self-conditioning', 'distillation', 'both'];
    expect(rows.map(({ arm }) => arm)).toEqual(names);
    expect(runs.map(({ arm }) => arm)).toEqual(names);
    for (const run of runs) {
      expect(run.frechetDistance).toBeGreaterThan(20);
      expect(run.probe).toBeGreaterThan(0.3);
      expect(run.heldOutLoss).toBeGreaterThan(0.1);
      expect('distillation/accuracy' in run.metrics).toBe(run.arm === 'distillation' || run.arm === 'both');
    }
    // Self-conditioning begins as nothing: a two-layer map with a scale, 3 (48 48 + 48).
    expect(runs[1].parameters - runs[0].parameters).toBe(7056);
    expect(runs[2].parameters).toBe(runs[0].parameters);
    expect(text('study', 'table.md').trim().split('\n')).toHaveLength(6);
    const page = text('study', 'report.html');
    expect(page.match(/<svg/g)).toHaveLength(2);
    expect(page.match(/data:image\/png;base64,/g)).toHaveLength(4);
    expect(page).not.toMatch(/(src|href)="(?!data:|#|https:\/\/doi\.org)/);
  });

  it('keeps finished runs when it is started again', () => {
    rmSync(join(folder, 'study', 'both.seed-0.json'));
    const before = text('study', 'baseline.seed-0.json');
    const table = text('study', 'table.md');
    const { status, output } = fourArms(...tiny, '--out', 'study');
    expect(status, output).toBe(0);
    expect(output.match(/: kept/g)).toHaveLength(3);
    expect(text('study', 'baseline.seed-0.json')).toBe(before);
    // The run that was lost comes out the same again.
    expect(text('study', 'table.md')).toBe(table);
  });

  it.each([
    ['runs of other settings', ['--steps', '13', '--seeds', '1', '--samples', '20', '--images', '60'], /--steps.*12/],
    ['more images than there are', [...tiny, '--images', '1201'], /--images.*at most 1200/],
    ['half a seed', [...tiny, '--seeds', '0.5'], /--seeds.*must be a whole number from 1/s],
    ['an unknown flag', [...tiny, '--stepz', '1'], /unknown option '--stepz'/],
  ])('refuses %s', (_, args, message) => {
    const before = readdirSync(join(folder, 'study'));
    const { status, output } = fourArms(...args, '--out', 'study');
    expect(output).toMatch(message);
    expect(output).not.toMatch(/\n\s+at /);
    expect(status).not.toBe(0);
    expect(readdirSync(join(folder, 'study'))).toEqual(before);
  });

  it('refuses a folder that holds something else, and leaves it alone', () => {
    writeFileSync(join(folder, 'letter.txt'), 'mine');
    const { status, output } = fourArms(...tiny, '--out', '.');
    expect(status).not.toBe(0);
    expect(output).toMatch(/--out.*letter\.txt/);
    expect(existsSync(join(folder, 'report.html'))).toBe(false);
  });
});

describe('runArm', { timeout: 300_000 }, () => {
  it('goes on from the checkpoint of an arm that was cut, and comes out as if it had not been', async () => {
    const whole = digitSplits();
    const splits = { ...whole, train: subset(whole.train, { to: 60 }) };
    const backend = await pickBackend({ force: 'wasm' });
    const id = { arm: 'both', seed: 3 };
    const common = { arm: arms[3], seed: 3, steps: 9, samples: 10, splits, backend, saveEvery: 3 };
    const save = (checkpoint: Checkpoint) => keepCheckpoint(folder, id, checkpoint);
    const straight = await runArm({ ...common, save: async () => {}, onStep: () => {} });

    const cut = runArm({
      ...common,
      save,
      onStep(step) {
        if (step === 5) throw new Error('cut');
      },
    });
    await expect(cut).rejects.toThrow('cut');
    const resume = await cutAt(folder, id);
    expect(resume!.state.step).toBe(3);
    const seen: number[] = [];
    const resumed = await runArm({ ...common, save, resume, onStep: (step) => void seen.push(step) });
    expect(seen).toEqual([4, 5, 6, 7, 8, 9]);
    expect({ ...resumed.result, seconds: 0 }).toEqual({ ...straight.result, seconds: 0 });
    expect(resumed.samples.x).toEqual(straight.samples.x);

    // Cut while it was judged: nothing is trained again. A finished run leaves no checkpoint.
    const trained = await cutAt(folder, id);
    const again = await runArm({ ...common, save, resume: trained, onStep: () => seen.push(-1) });
    expect({ ...again.result, seconds: 0 }).toEqual({ ...straight.result, seconds: 0 });
    expect(seen).not.toContain(-1);
    await expect(runArm({ ...common, steps: 10, save, resume, onStep: () => {} })).rejects.toThrow(/steps must be 9/);
    await keep(folder, resumed.result, new Uint8Array(1));
    expect(await cutAt(folder, id)).toBeUndefined();
  });
});

describe('summary', () => {
  const run = (arm: string, seed: number, value: number) =>
    ({ arm, seed, frechetDistance: value, probe: value / 10, heldOutLoss: value }) as ArmResult;

  it('has the mean and the sample deviation, and differences seed by seed', () => {
    expect(spread([1, 2, 3])).toEqual({ mean: 2, deviation: 1 });
    expect(spread([5])).toEqual({ mean: 5, deviation: 0 });
    const results = arms.flatMap(({ name }, i) => [1, 2, 3].map((seed) => run(name, seed, seed + i)));
    const [baseline, , , both] = summary(results.reverse());
    expect(both.spreads.frechetDistance).toEqual({ mean: 5, deviation: 1 });
    expect(both.differences.frechetDistance).toEqual({ mean: 3, deviation: 0 });
    expect(baseline.differences.probe).toEqual({ mean: 0, deviation: 0 });
    expect(markdown(tableOf(summary(results)))).toContain(
      '| both | 5.00 ± 1.00 | +3.00 ± 0.00 | 50.0 % ± 10.0 % | +30.0 % ± 0.0 % |',
    );
  });
});

describe('armData', () => {
  it('shows every arm the same images, and the teacher of the distilling arms another view of each', async () => {
    const [first, ...others] = await Promise.all(arms.map((arm) => armData(arm, digitSplits().train, key(3)).at(7)));
    for (const other of others) {
      expect(other.x).toEqual(first.x);
      expect(other.augmentation).toEqual(first.augmentation);
    }
    expect(first.views).toBeUndefined();
    const view = others[2].views![0];
    expect(view.label).toEqual(first.label);
    expect(view.augmentation).not.toEqual(first.augmentation);
    // Mirrors, the first two labels, never happen.
    for (let i = 0; i < view.shape[0]; i++) expect([...view.augmentation!.subarray(9 * i, 9 * i + 2)]).toEqual([0, 0]);
  });
});
