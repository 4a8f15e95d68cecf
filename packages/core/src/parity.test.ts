import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { parity } from '@diptych/test-utils/core';
import { fixtures } from '@diptych/test-utils/fixtures';
import { describe, expect, it } from 'vitest';

describe('parity with reference implementations', () => {
  const files = fixtures('core');
  it('finds golden numbers, and knows what to do with every file', () => {
    expect(files.length).toBeGreaterThan(0);
    for (const { file } of files) expect(Object.keys(parity)).toContain(file);
  });
  for (const file of files) {
    describe(file.file, () => {
      for (const one of file.cases) {
        it(one.name, async () => {
          if (!parity[file.file]) throw new Error(`no parity test understands the file ${file.file}`);
          await parity[file.file]!(one, file);
        });
      }
    });
  }
});
