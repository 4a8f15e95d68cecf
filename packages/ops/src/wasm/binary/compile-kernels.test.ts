import { describe, expect, it } from 'vitest';
import { compileKernels } from './compile-kernels.ts';
import { enableRelaxedSimd, supports } from './instruction-set.ts';

describe('compileKernels()', () => {
  it.each(['simd', 'relaxedSimd'] as const)('%s: runs on plain and on shared memory', async (set) => {
    await enableRelaxedSimd();
    expect(supports(set)).toBe(true);
    const { own, shared } = await compileKernels(set);
    for (const [module, isShared] of [[own, false] as const, [shared!, true] as const]) {
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: isShared });
      const { exports } = new WebAssembly.Instance(module, { env: { memory } });
      const floats = new Float32Array(memory.buffer);
      floats.set([2, 3], 64);
      // [1, 2] x [2, 1]: 2 * 2 + 3 * 3.
      const matmul = exports.matmul as (...args: number[]) => void;
      matmul(1, 1, 1, 2, 256, 0, 8, 4, 256, 0, 4, 4, 1024, 0, 4, 0, 0, 2048);
      expect(floats[256]).toBe(13);
    }
  });

  it('holds no static data: memory is untouched by instantiation', async () => {
    const { own } = await compileKernels('simd');
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
    new Uint8Array(memory.buffer).fill(7);
    new WebAssembly.Instance(own, { env: { memory } });
    expect(new Uint8Array(memory.buffer).every((byte) => byte === 7)).toBe(true);
  });
});
