/** What the metadata of our checkpoints say they are; the number changes when an older reader would misread them. */
export const checkpointFormat = 'diptych.checkpoint/2';

/** As before, but without checksums. */
export const checkpointFormatWithoutSums = 'diptych.checkpoint/1';

export const isCheckpointFormat = (format: unknown) =>
  format === checkpointFormat || format === checkpointFormatWithoutSums;
