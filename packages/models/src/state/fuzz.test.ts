import { fuzzWeightFiles } from '@diptych/test-utils/models';
import { expect, it } from 'vitest';

it('damaged weight files are read in bounds or refused with a DiptychError, without a crash or a hang', async () => {
  const rows = await fuzzWeightFiles({ rounds: 4200, seed: 1 });
  expect(rows.map(({ file }) => file)).toEqual(
    expect.arrayContaining(['odd.pt', 'legacy.pth', 'safetensors', 'safetensors by ranges']),
  );
  for (const { file, read, refused } of rows) {
    expect(read + refused, file).toBe(600);
    expect(refused, file).toBeGreaterThan(100);
  }
});
