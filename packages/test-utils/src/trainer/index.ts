export { expectClose, type ExpectCloseOptions } from './expect-close.ts';
export { seededBatches, type SeededBatches, type SeededBatchesOptions } from './seeded-batches.ts';
export { take } from './take.ts';
export { weightsOf } from './weights-of.ts';
export { autoencoding, autoencodingOn } from './autoencoding.ts';
export { parityCases, parityTopics, topicOf, type ParityTopic } from './parity-cases.ts';
