import { readdirSync } from 'node:fs';
import { fixtures } from '@diptych/test-utils/fixtures';
import { topicOf } from '@diptych/test-utils/losses';
import { describe, expect, it } from 'vitest';

describe('golden numbers of losses', () => {
  it('parity: every file of the folder has its test in this package', () => {
    const files = readdirSync(new URL('.', import.meta.url), { recursive: true }).map(String);
    const tests = files.map((path) => /([\w-]+)\.parity\.test\.ts$/.exec(path)?.[1]).filter(Boolean);
    for (const of of fixtures('losses')) {
      expect(tests).toContain(topicOf(of));
      expect(of.cases, of.file).not.toHaveLength(0);
    }
  });
});
