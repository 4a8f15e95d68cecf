import { expect, it } from 'vitest';
import { multiplyAddPeak } from './multiply-add-peak.ts';

it('multiplyAddPeak() measures a rate that a processor can have, far above what plain JavaScript reaches', () => {
  const { gflops, instruction } = multiplyAddPeak(1);
  expect(gflops).toBeGreaterThan(2);
  expect(gflops).toBeLessThan(2000);
  expect(['fused multiply-adds', 'multiplications and additions']).toContain(instruction);
});
