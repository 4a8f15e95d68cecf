import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { DiptychError } from '@diptych/formats/errors';
import type { WasmBackend } from './backend-memory.ts';
import { obstacleToWide } from './binary/instruction-set.ts';
import { installWasmKernels } from './index.ts';

beforeAll(async () => void (await tf.setBackend('wasm')));
afterEach(async () => (await installWasmKernels()).uninstall());

const stock = (name: string) => tf.getKernel(name, 'wasm');
const product = () => tf.tidy(() => tf.matMul(tf.ones([3, 4]), tf.ones([4, 5])));

describe('installWasmKernels()', () => {
  it('says what it replaced and uninstall() puts the very same stock kernels back', async () => {
    const names = ['BatchMatMul', '_FusedMatMul', 'Transpose'];
    const before = names.map(stock);
    const installed = await installWasmKernels();
    expect(installed.replaced).toEqual(expect.arrayContaining(names));
    names.forEach((name, index) => expect(stock(name)).not.toBe(before[index]));
    for (const name of installed.added) expect(stock(name)).toBeDefined();
    installed.uninstall();
    names.forEach((name, index) => expect(stock(name)).toBe(before[index]));
    for (const name of installed.added) expect(stock(name)).toBeUndefined();
  });

  it('is idempotent: a second call changes nothing, also when both run at once', async () => {
    const [first, second] = await Promise.all([installWasmKernels(), installWasmKernels()]);
    const kernel = stock('BatchMatMul');
    expect(second).toBe(first);
    expect(await installWasmKernels()).toBe(first);
    expect(stock('BatchMatMul')).toBe(kernel);
    first.uninstall();
    const restored = stock('BatchMatMul');
    first.uninstall();
    expect(stock('BatchMatMul')).toBe(restored);
  });

  it('runs relaxed SIMD or its wide layout unless told otherwise, says why, and changes build when asked', async () => {
    const { instructionSet, notes } = await installWasmKernels();
    expect(instructionSet).toBeOneOf(obstacleToWide() ? ['relaxedSimd'] : ['relaxedSimd', 'wide']);
    expect(notes.join()).toContain(instructionSet === 'wide' ? '256-bit vectors' : '128-bit vectors');
    expect((await installWasmKernels({ wide: false })).instructionSet).toBe('relaxedSimd');
    expect((await installWasmKernels({ instructionSet: 'simd' })).instructionSet).toBe('simd');
    expect(Array.from(await product().data())).toEqual(Array(15).fill(4));
  });

  it('runs on one thread when the backend was started before, and says so', async () => {
    const { threads, notes } = await installWasmKernels({ threads: 3 });
    expect(threads).toBe(1);
    expect(notes.join()).toMatch(/one thread: the backend was started before on memory of its own/);
  });

  it('refuses no threads, half a thread, and words in DIPTYCH_THREADS and DIPTYCH_WIDE', async () => {
    for (const threads of [0, 1.5, NaN]) {
      await expect(installWasmKernels({ threads })).rejects.toThrow(/threads must be a positive integer/);
    }
    for (const [name, value] of [
      ['DIPTYCH_THREADS', 'all'],
      ['DIPTYCH_WIDE', 'yes'],
    ] as const) {
      vi.stubEnv(name, value);
      await expect(installWasmKernels()).rejects.toThrow(new RegExp(`${name} must be .* got "${value}"`));
      vi.unstubAllEnvs();
    }
    vi.stubEnv('DIPTYCH_WIDE', '0');
    expect((await installWasmKernels()).notes.join()).toContain('DIPTYCH_WIDE is 0');
    vi.unstubAllEnvs();
  });

  it('refuses a build that nobody ships', async () => {
    const refused = installWasmKernels({ instructionSet: 'avx' as 'simd' });
    await expect(refused).rejects.toSatisfy(DiptychError.isInstance);
  });

  it('leaves a kernel alone that somebody else put in place of ours', async () => {
    const original = stock('Transpose')!;
    const installed = await installWasmKernels();
    tf.unregisterKernel('Transpose', 'wasm');
    const theirs = { ...original };
    tf.registerKernel(theirs);
    installed.uninstall();
    expect(stock('Transpose')).toBe(theirs);
    tf.unregisterKernel('Transpose', 'wasm');
    tf.registerKernel(original);
  });

  it('keeps working when the backend is removed and created again', async () => {
    await installWasmKernels();
    await product().data();
    const factory = tf.findBackendFactory('wasm');
    tf.removeBackend('wasm');
    tf.registerBackend('wasm', factory, 2);
    await tf.setBackend('wasm');
    expect(Array.from(await product().data())).toEqual(Array(15).fill(4));
    (await installWasmKernels()).uninstall();
    expect(Array.from(await product().data())).toEqual(Array(15).fill(4));
  });

  it('serves a second copy of tfjs, which shares the registry', async () => {
    await installWasmKernels();
    const require = createRequire(import.meta.url);
    const path = require.resolve('@tensorflow/tfjs-core');
    delete require.cache[path];
    const second = require(path) as typeof tf;
    expect(second.Tensor).not.toBe(tf.Tensor);
    expect(second.getKernel('BatchMatMul', 'wasm')).toBe(stock('BatchMatMul'));
    const product = second.matMul(second.ones([3, 4]), second.ones([4, 5]));
    expect(Array.from(await product.data())).toEqual(Array(15).fill(4));
  });

  it('survives a heap that grows between and inside calls, and gives all scratch space back', async () => {
    await installWasmKernels();
    const { wasm } = tf.backend() as unknown as WasmBackend;
    const { _malloc, _free } = wasm;
    const open = new Map<number, number>();
    let grown = 0;
    const heap = () => (wasm.asm.memory ?? wasm.wasmMemory)!;
    wasm._malloc = (bytes) => {
      const { buffer } = heap();
      // The first four allocations move the buffer under everybody's feet.
      if (grown < 4) _free(_malloc(buffer.byteLength));
      if (heap().buffer !== buffer) grown++;
      const address = _malloc(bytes);
      open.set(address, bytes);
      return address;
    };
    wasm._free = (address) => {
      open.delete(address);
      _free(address);
    };
    try {
      const tensors = tf.memory().numTensors;
      const x = tf.ones([2, 3, 50, 40]);
      grown = 0;
      const y = tf.ones([2, 1, 40, 30]);
      const held = open.size;
      const sum = tf.tidy(() => tf.sum(tf.transpose(tf.matMul(x, y), [3, 1, 0, 2])));
      expect((await sum.data())[0]).toBe(2 * 3 * 50 * 30 * 40);
      expect(open.size).toBe(held + 1);
      tf.dispose([x, y, sum]);
      expect(open.size).toBe(0);
      expect(tf.memory().numTensors).toBe(tensors);
      expect(grown).toBe(4);
    } finally {
      wasm._malloc = _malloc;
      wasm._free = _free;
    }
  });
});
