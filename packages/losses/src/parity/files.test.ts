import { readdirSync } from 'node:fs';
import { fixtures } from '@diptych/test-utils/fixtures';
import { topicOf } from '@diptych/test-utils/losses';
import { describe, expect, it } from 'vitest';

describe('golden numbers of losses', () => {
  it('parity: every file of the folder has its test here', () => {
    const tests = readdirSync(new URL('.', import.meta.url)).map((name) => name.replace(/\.test\.ts$/, ''));
    for (const of of fixtures('losses')) {
      expect(tests).toContain(topicOf(of));
      expect(of.cases, of.file).not.toHaveLength(0);
    }
  });
});
