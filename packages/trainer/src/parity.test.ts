import { fixtures } from '@diptych/test-utils/fixtures';
import { parityCases, parityTopics, topicOf } from '@diptych/test-utils/trainer';
import { expect, it } from 'vitest';

it('parity: every file of golden numbers has its test, and every test its file', () => {
  for (const file of fixtures('trainer')) expect(parityTopics).toContain(topicOf(file));
  if (process.env.DIPTYCH_FIXTURES) return;
  for (const topic of parityTopics) expect(parityCases(topic)).not.toHaveLength(0);
});
