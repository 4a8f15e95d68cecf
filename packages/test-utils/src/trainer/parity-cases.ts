import { fixtures, type FixtureCase, type FixtureFile } from '@diptych/test-utils/fixtures';

/** The files of golden numbers that the trainer's parity tests know. */
export const parityTopics = ['clipping', 'ema', 'learning-rate', 'muon', 'optimizers', 'posthoc-ema'] as const;

export type ParityTopic = (typeof parityTopics)[number];

/** What a file of golden numbers is about: as its `meta` says, or else its name. */
export function topicOf({ file, shared }: FixtureFile): string {
  const { file: said } = (shared.meta ?? {}) as { file?: string };
  return said?.replace(/^trainer\//, '') ?? file;
}

/** All cases on a topic. */
export function parityCases(topic: ParityTopic): FixtureCase[] {
  return fixtures('trainer')
    .filter((of) => topicOf(of) === topic)
    .flatMap(({ cases }) => cases);
}
