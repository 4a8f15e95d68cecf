/** What the metadata of our checkpoints say they are; the number changes when an older reader would misread them. */
export const checkpointFormat = 'diptych.checkpoint/1';
