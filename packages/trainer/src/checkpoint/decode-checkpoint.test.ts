import { holders } from '@diptych/test-utils/formats';
import { describe, expect, it } from 'vitest';
import type { Checkpoint } from './checkpoint.ts';
import { decodeCheckpoint } from './decode-checkpoint.ts';
import { encodeCheckpoint } from './encode-checkpoint.ts';

const checkpoint = {
  tensors: { w: { shape: [2], dtype: 'float32', data: Float32Array.of(1.5, -2) } },
  state: { step: 3, updates: 3, batches: 3, images: 6, key: [1, 2], config: {}, metadata: { a: 1 }, version: '0' },
} as unknown as Checkpoint;

describe('decodeCheckpoint', () => {
  it.each(holders)('reads %s, and what it gives is its own', (_, hold) => {
    const { bytes, wipe } = hold(encodeCheckpoint(checkpoint));
    const decoded = decodeCheckpoint(bytes as Uint8Array);
    wipe();
    expect(decoded).toEqual(checkpoint);
  });
});
