import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { compileKernels } from '../binary/compile-kernels.ts';
import type { Call, KernelExports } from '../kernel-exports.ts';
import { words } from './control.ts';
import type { StartWorker } from './start-worker.ts';
import { workerStarter } from './start-worker.ts';
import { ThreadPool, type ThreadPoolOptions } from './thread-pool.ts';

const open: ThreadPool[] = [];
afterEach(() => open.splice(0).forEach((pool) => pool.stop()));

/** A pool over a memory of its own. */
async function poolOf(options: Partial<ThreadPoolOptions> & { threads: number }) {
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 65536, shared: true });
  const module = (await compileKernels('simd')).shared!;
  const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as KernelExports;
  const pool = new ThreadPool({ memory, module, kernels, start: (await workerStarter())!, ...options });
  open.push(pool);
  return { pool, memory };
}

/** y += x for 1000 numbers each, `lots` times side by side. */
const additions = (lots: number): Call[] =>
  Array.from({ length: lots }, (_, i) => ['addTo', 1000, 1024, 65536 + 4096 * i]);

const until = async (condition: () => boolean) => {
  for (let i = 0; i < 1500 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(condition()).toBe(true);
};

describe('ThreadPool', () => {
  it('starts its workers with the first calls, not before, and does each call once', async () => {
    const started: object[] = [];
    const start = (await workerStarter())!;
    const counting: StartWorker = (data, died) => (started.push(data), start(data, died));
    const { pool, memory } = await poolOf({ threads: 3, start: counting });
    expect(started.length).toBe(0);
    new Float32Array(memory.buffer, 1024, 1000).fill(1);
    pool.run(additions(300), 0, 0);
    expect(started.length).toBe(2);
    await until(() => pool.ready === 2);
    // More calls than fit into one lot.
    for (let i = 0; i < 40; i++) pool.run(additions(600), 0, 0);
    const sums = new Float32Array(memory.buffer, 65536, 600 * 1024);
    for (let i = 0; i < 600; i++) {
      expect(new Set(sums.subarray(1024 * i, 1024 * i + 1000))).toEqual(new Set([i < 300 ? 41 : 40]));
    }
  });

  it('wakes a sleeping worker for work that repays it, not for less', async () => {
    const { pool, memory } = await poolOf({ threads: 2, spin: 0 });
    new Float32Array(memory.buffer, 1024, 1000).fill(1);
    pool.run(additions(2), 0, 0);
    await until(() => pool.ready === 1);
    const large: Call = ['addTo', 1_000_000, 1024, 8 << 20];
    memory.grow(256);
    const sleep = () => new Promise((resolve) => setTimeout(resolve, 50));
    const notify = vi.spyOn(Atomics, 'notify');
    const clock = vi.spyOn(performance, 'now');
    try {
      await sleep();
      pool.run([large, large, large, large], 0, 0);
      expect(notify).toHaveBeenCalledTimes(1);
      await sleep();
      notify.mockClear();
      // With a clock that stands still no work takes time.
      clock.mockReturnValue(0);
      pool.run(additions(300), 0, 0);
      expect(notify).not.toHaveBeenCalled();
    } finally {
      notify.mockRestore();
      clock.mockRestore();
    }
  });

  it('gives each thread scratch space of its own', async () => {
    const { pool, memory } = await poolOf({ threads: 4 });
    const floats = new Float32Array(memory.buffer);
    for (let i = 0; i < 64 * 64; i++) floats[1024 + i] = Math.sin(i);
    const calls = Array.from({ length: 60 }, (_, i): Call => {
      const product = [1, 64, 64, 64, 4096, 0, 256, 4, 4096, 0, 256, 4];
      return ['matmul', ...product, 1 << 16, 0, 256, 0, 0].map((value, at) =>
        at === 13 ? (1 << 16) + 16384 * i : value,
      ) as unknown as Call;
    });
    pool.run(additions(2), 0, 0);
    await until(() => pool.ready === 3);
    for (let round = 0; round < 20; round++) {
      floats.fill(0, 1 << 14, (1 << 14) + 4096 * 60);
      pool.run(calls, 2 << 20, 65536);
      for (let i = 1; i < 60; i++) {
        const [first, other] = [0, i].map((n) => floats.subarray((1 << 14) + 4096 * n, (1 << 14) + 4096 * (n + 1)));
        expect(first[65]).not.toBe(0);
        expect(other.every((value, at) => value === first[at])).toBe(true);
      }
    }
  });

  it('reports a kernel that fails, on whatever thread, and goes on working', async () => {
    const { pool, memory } = await poolOf({ threads: 3 });
    pool.run(additions(10), 0, 0);
    await until(() => pool.ready === 2);
    const outside = additions(100).map(([name, n, x]): Call => [name, n as number, x as number, 2 ** 31]);
    for (let i = 0; i < 20; i++) expect(() => pool.run(outside, 0, 0)).toThrow(/memory access out of bounds/);
    new Float32Array(memory.buffer, 1024, 1000).fill(2);
    new Float32Array(memory.buffer, 65536, 1000).fill(1);
    pool.run(additions(10), 0, 0);
    expect(new Float32Array(memory.buffer, 65536, 1)[0]).toBe(3);
    expect(pool.isUsable).toBe(true);
  });

  it('says that a worker died, once, and is of no more use', async () => {
    const workers: Worker[] = [];
    const start: StartWorker = (workerData, died) => {
      const worker = new Worker('setTimeout(() => process.exit(3), 50)', { eval: true, workerData });
      worker.on('exit', (code) => died(`it ended with code ${code}`));
      workers.push(worker);
      return { stop: () => void worker.terminate() };
    };
    const { pool } = await poolOf({ threads: 3, start });
    pool.run(additions(10), 0, 0);
    await new Promise((resolve) => workers[0].on('exit', resolve));
    expect(() => pool.run(additions(10), 0, 0)).toThrow(/a worker thread died \(it ended with code 3\)/);
    expect(pool.isUsable).toBe(false);
  });

  it('says that a worker is gone which has taken a call and does not come back, and does not hang', async () => {
    // Takes the first call it finds, and dies in it.
    const program = `
      const { workerData: { control } } = require('node:worker_threads');
      const ints = new Int32Array(control);
      Atomics.add(ints, ${words.ready}, 1);
      for (;;) {
        const left = Atomics.load(ints, ${words.left});
        if (left > 0 && Atomics.compareExchange(ints, ${words.left}, left, left - 1) === left) process.exit(1);
      }`;
    const start: StartWorker = (workerData) => {
      const worker = new Worker(program, { eval: true, workerData });
      return { stop: () => void worker.terminate() };
    };
    const { pool } = await poolOf({ threads: 2, start, patience: 0.5 });
    const lots = () => {
      for (;;) pool.run(additions(400), 0, 0);
    };
    expect(lots).toThrow(/a worker thread has not come back in 0.5 s/);
    expect(pool.isUsable).toBe(false);
  });

  it('ends its workers when it is stopped, and starts others if it is asked again', async () => {
    const ended: string[] = [];
    const starter = (await workerStarter())!;
    const start: StartWorker = (data, died) => starter(data, (reason) => (ended.push(reason), died(reason)));
    const { pool, memory } = await poolOf({ threads: 3, start });
    pool.run(additions(10), 0, 0);
    await until(() => pool.ready === 2);
    pool.stop();
    await until(() => ended.length === 2);
    new Float32Array(memory.buffer, 1024, 1000).fill(1);
    new Float32Array(memory.buffer, 65536, 1000).fill(0);
    pool.run(additions(10), 0, 0);
    expect(new Float32Array(memory.buffer, 65536, 1)[0]).toBe(1);
    await until(() => pool.ready === 2);
  });
});

const folder = mkdtempSync(join(tmpdir(), 'diptych-threads-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a program that has `tf` and `installWasmKernels`; resolves when it ends. */
function program(text: string, onLine: (line: string, kill: (signal: NodeJS.Signals) => void) => void = () => {}) {
  const require = createRequire(import.meta.url);
  const at = (name: string) => pathToFileURL(require.resolve(name)).href;
  const file = join(folder, 'program.mjs');
  const head = `
    import * as tf from '${at('@tensorflow/tfjs-core')}';
    import '${at('@tensorflow/tfjs-backend-wasm')}';
    import { installWasmKernels } from '${new URL('../index.ts', import.meta.url).href}';
    const installed = await installWasmKernels({ threads: 3 });
    await tf.setBackend('wasm');
    const x = tf.ones([512, 512]);
    const step = () => tf.tidy(() => tf.matMul(tf.matMul(x, x), x).dataSync()[0]);
  `;
  writeFileSync(file, head + text);
  const child = spawn(process.execPath, ['--import', 'tsx', file], { cwd: new URL('../../..', import.meta.url) });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += String(chunk);
    onLine(String(chunk), (signal) => child.kill(signal));
  });
  child.stderr.on('data', (chunk) => (output += String(chunk)));
  return new Promise<{ code: number | null; signal: string | null; output: string }>((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal, output })),
  );
}

describe('a program with threads', () => {
  it('ends by itself when it has nothing more to do', async () => {
    const { code, output } = await program(
      'for (let i = 0; i < 50; i++) step(); console.log(installed.threads, step());',
    );
    expect(output).toContain('3 262144');
    expect(code).toBe(0);
  });

  it('is ended by Ctrl-C in the middle of a step', async () => {
    const text = `console.log('running'); for (;;) { step(); await new Promise(setImmediate); }`;
    const { signal } = await program(text, (line, kill) => line.includes('running') && kill('SIGINT'));
    expect(signal).toBe('SIGINT');
  });

  it('may stop in its own way at Ctrl-C', async () => {
    const text = `let on = true; process.once('SIGINT', () => (on = false)); console.log('running');
      while (on) { step(); await new Promise(setImmediate); } console.log('stopped', step());`;
    const { code, output } = await program(text, (line, kill) => line.includes('running') && kill('SIGINT'));
    expect(output).toContain('stopped 262144');
    expect(code).toBe(0);
  });
});
