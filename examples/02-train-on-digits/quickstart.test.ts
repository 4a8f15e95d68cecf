import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodePng } from '@diptych/data/images';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/run-example.mjs', import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'diptych-quickstart-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Outcome {
  code: number | null;
  output: string;
}

/** Runs the quickstart in the scratch folder; `interruptAt` sends Ctrl-C, or another signal, when that text appears. */
function quickstart(args: string[], interruptAt?: string, signal: NodeJS.Signals = 'SIGINT'): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script, '02-train-on-digits', ...args], {
      cwd: folder,
      detached: true,
      env: { ...process.env, INIT_CWD: folder },
    });
    let output = '';
    let interrupted = false;
    const read = (chunk: Buffer) => {
      output += String(chunk);
      if (interruptAt && !interrupted && output.includes(interruptAt)) {
        interrupted = true;
        // A terminal sends Ctrl-C to the whole process group.
        process.kill(-child.pid!, signal);
      }
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('close', (code) => resolve({ code, output }));
  });
}

const reduced = ['--steps', '6', '--samples', '20'];
const bytes = (...path: string[]) => readFileSync(join(folder, ...path));

describe('quickstart', { timeout: 400_000 }, () => {
  it('trains, samples, judges, and writes everything it promises', async () => {
    const { code, output } = await quickstart(['--steps', '6', '--samples', '200', '--out', 'whole']);
    expect(output).toContain('FD-digits');
    expect(code).toBe(0);
    expect(readdirSync(join(folder, 'whole')).sort()).toEqual(
      [
        'checkpoint.safetensors',
        'loss.svg',
        'metrics.json',
        'probe.svg',
        'report.html',
        'samples.png',
        'train.jsonl',
      ].sort(),
    );
    const { width, height } = decodePng(bytes('whole', 'samples.png'));
    expect(width).toBeGreaterThan(400);
    expect(height).toBeGreaterThan(100);
    const metrics = JSON.parse(bytes('whole', 'metrics.json').toString());
    expect(metrics.frechetDistance.noise).toBeGreaterThan(3 * metrics.frechetDistance.heldOut);
    expect(metrics.probe.test).toBeGreaterThan(0.5);
    expect(metrics.probe.rawPixels).toBeGreaterThan(0.85);
    const report = bytes('whole', 'report.html').toString();
    expect(report.match(/<svg/g)!.length).toBeGreaterThanOrEqual(2);
    expect(report).toContain('data:image/png;base64,');
    expect(report).not.toMatch(/(src|href)="(?!data:|#|https:\/\/doi\.org)/);
    expect(bytes('whole', 'train.jsonl').toString().trim().split('\n')).toHaveLength(6);
  });

  it('keeps a resumable checkpoint on Ctrl-C, and a resumed run ends as an uninterrupted one, bit for bit', async () => {
    const args = ['--steps', '40', '--samples', '20'];
    const interrupted = await quickstart([...args, '--out', 'parts'], 'training');
    expect(interrupted.output).toContain('--resume');
    expect(interrupted.code).toBe(130);
    expect(existsSync(join(folder, 'parts', 'metrics.json'))).toBe(false);
    const resumed = await quickstart([...args, '--out', 'parts', '--resume']);
    expect(resumed.code, resumed.output).toBe(0);
    const straight = await quickstart([...args, '--out', 'straight']);
    expect(straight.code, straight.output).toBe(0);
    const same = bytes('parts', 'checkpoint.safetensors').equals(bytes('straight', 'checkpoint.safetensors'));
    expect(same).toBe(true);
    expect(bytes('parts', 'samples.png').equals(bytes('straight', 'samples.png'))).toBe(true);
  });

  it('keeps a checkpoint on SIGTERM as on Ctrl-C, and notices a log that is shorter than it', async () => {
    const args = ['--steps', '40', '--samples', '20', '--out', 'terminated'];
    const ended = await quickstart(args, 'training', 'SIGTERM');
    expect([ended.code, ended.output.includes('--resume')], ended.output).toEqual([143, true]);
    expect(readdirSync(join(folder, 'terminated')).sort()).toEqual(['checkpoint.safetensors', 'train.jsonl']);
    writeFileSync(join(folder, 'terminated', 'train.jsonl'), '');
    const resumed = await quickstart([...args, '--resume']);
    expect(resumed.code, resumed.output).toBe(0);
    expect(resumed.output).toMatch(/train.jsonl ends with step 0, the checkpoint is of step \d+: its curve has a gap/);
    expect(bytes('terminated', 'checkpoint.safetensors').equals(bytes('straight', 'checkpoint.safetensors'))).toBe(
      true,
    );
  });

  it('refuses the folder of a run that is going on, and takes that of a killed one', async () => {
    const args = ['--steps', '100000', '--out', 'busy'];
    let first = '';
    const going = quickstart(args).then(({ output }) => (first = output));
    while (!existsSync(join(folder, 'busy', 'train.jsonl'))) await new Promise((resolve) => setTimeout(resolve, 50));
    for (const more of [[], ['--resume']]) {
      const second = await quickstart([...reduced, '--out', 'busy', ...more]);
      expect(second.code).toBe(1);
      expect(second.output).toMatch(
        /busy is in use by process \d+: wait for it, stop it \(kill \d+\), or take another|no checkpoint/,
      );
      expect(second.output).not.toMatch(/\n\s+at /);
    }
    expect(existsSync(join(folder, 'busy.1'))).toBe(false);
    process.kill(Number(JSON.parse(bytes('busy', 'run.lock').toString()).pid), 'SIGKILL');
    await going;
    expect(first).not.toContain('FD-digits');
    const third = await quickstart([...reduced, '--out', 'busy']);
    expect(third.code, third.output).toBe(0);
    expect(readdirSync(join(folder, 'busy.1'))).not.toContain('run.lock');
  });

  it('trains with self-distillation, and keeps an earlier run under another name', async () => {
    const before = bytes('whole', 'checkpoint.safetensors');
    const { code, output } = await quickstart([...reduced, '--distill', '--out', 'whole']);
    expect(code, output).toBe(0);
    expect(bytes('whole', 'train.jsonl').toString()).toContain('distillation');
    expect(output).toContain('whole.1');
    expect(bytes('whole.1', 'checkpoint.safetensors').equals(before)).toBe(true);
    expect(bytes('whole', 'checkpoint.safetensors').equals(before)).toBe(false);
  });

  it('explains itself', async () => {
    const { code, output } = await quickstart(['--help']);
    expect(code).toBe(0);
    for (const option of ['--steps', '--seed', '--out', '--backend', '--resume', '--distill', '--no-self-conditioning'])
      expect(output).toContain(option);
  });

  it.each([
    ['an unknown flag', ['--setps', '3'], /unknown option '--setps'.*--steps/s],
    ['a stray argument', ['fast'], /too many arguments/],
    ['no steps', ['--steps', '0'], /--steps.*must be a whole number from 1/s],
    ['half a seed', ['--seed', '0.5'], /--seed.*must be a whole number from 0/s],
    ['a backend that is not installed', ['--backend', 'tfjs-node-gpu'], /@tensorflow\/tfjs-node-gpu/],
    ['a backend that nobody knows', ['--backend', 'abacus'], /abacus/],
    ['nothing to resume', ['--resume', '--out', 'empty'], /no checkpoint/i],
  ])('refuses %s and writes nothing', async (_, args, message) => {
    const { code, output } = await quickstart([...args, ...(args.includes('--out') ? [] : ['--out', 'refused'])]);
    expect(output).toMatch(message);
    expect(output).not.toMatch(/\n\s+at /);
    expect(code).not.toBe(0);
    expect(existsSync(join(folder, 'refused'))).toBe(false);
  });

  it('refuses an output folder that cannot be written', async () => {
    writeFileSync(join(folder, 'file'), 'mine');
    const { code, output } = await quickstart([...reduced, '--out', 'file/run']);
    expect(output).toMatch(/--out|output folder/);
    expect(code).not.toBe(0);
    expect(bytes('file').toString()).toBe('mine');
  });

  it('refuses an output folder that holds something else, and leaves it alone', async () => {
    mkdirSync(join(folder, 'photos'));
    writeFileSync(join(folder, 'photos', 'cat.jpg'), 'mine');
    const { code, output } = await quickstart([...reduced, '--out', 'photos']);
    expect(output).toMatch(/--out.*not of a run/);
    expect(code).not.toBe(0);
    expect(readdirSync(join(folder, 'photos'))).toEqual(['cat.jpg']);
    expect(existsSync(join(folder, 'photos.1'))).toBe(false);
  });

  it.each([
    ['cut short', () => bytes('straight', 'checkpoint.safetensors').subarray(0, 1000)],
    ['not a checkpoint', () => Buffer.from('PNG? no. '.repeat(50))],
    ['a foreign safetensors file', () => foreign()],
  ])('refuses a checkpoint that is %s and leaves it alone', async (name, content) => {
    const out = `bad ${name}`;
    cpSync(join(folder, 'parts'), join(folder, out), { recursive: true });
    writeFileSync(join(folder, out, 'checkpoint.safetensors'), content());
    const listing = readdirSync(join(folder, out));
    const { code, output } = await quickstart([...reduced, '--out', out, '--resume']);
    expect(output).toMatch(/checkpoint/i);
    expect(output).not.toMatch(/\n\s+at /);
    expect(code).not.toBe(0);
    expect(bytes(out, 'checkpoint.safetensors').equals(content())).toBe(true);
    expect(readdirSync(join(folder, out))).toEqual(listing);
  });

  it('refuses to resume a run of another network', async () => {
    const other = ['--steps', '40', '--out', 'straight', '--resume', '--no-self-conditioning'];
    const { code, output } = await quickstart(other);
    expect(output).toMatch(/selfConditioning|self-conditioning/i);
    expect(code).not.toBe(0);
  });
});

/** A sound safetensors file with one tensor that no network of ours has. */
function foreign(): Buffer {
  const header = Buffer.from(JSON.stringify({ 'conv1.weight': { dtype: 'F32', shape: [2], data_offsets: [0, 8] } }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(8)]);
}
