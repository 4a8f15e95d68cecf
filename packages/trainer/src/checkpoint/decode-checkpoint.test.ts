import { writeSafetensors } from '@diptych/formats';
import { DiptychError } from '@diptych/formats/errors';
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

  it('refuses a checkpoint with any bit that is not as it was written', () => {
    const whole = encodeCheckpoint(checkpoint);
    for (let bit = 0; bit < 8 * whole.length; bit++) {
      const bytes = whole.slice();
      bytes[bit >> 3] ^= 1 << (bit & 7);
      let decoded: Checkpoint | undefined;
      try {
        decoded = decodeCheckpoint(bytes);
      } catch (error) {
        expect(DiptychError.isInstance(error), `bit ${bit}: ${String(error)}`).toBe(true);
      }
      // Only what says nothing may differ: padding, the second copy of the step.
      if (decoded) expect(decoded, `bit ${bit}`).toEqual(checkpoint);
    }
    const damaged = whole.slice();
    damaged[damaged.length - 1] ^= 1;
    expect(() => decodeCheckpoint(damaged)).toThrow("the checkpoint is damaged: 'w' is not as it was written (CRC-32)");
    expect(() => decodeCheckpoint(damaged)).toThrow(expect.objectContaining({ name: 'FormatError' }));
  });

  it('refuses a checkpoint made of two, each tensor of which is sound', () => {
    const other = { ...checkpoint, tensors: { w: { ...checkpoint.tensors.w, data: Float32Array.of(7, 8) } } };
    const [one, two] = [encodeCheckpoint(checkpoint), encodeCheckpoint(other as Checkpoint)];
    const mixed = one.slice();
    mixed.set(two.subarray(-8), one.length - 8);
    expect(() => decodeCheckpoint(mixed)).toThrow(/damaged/);
  });

  it('reads checkpoints from before there were checksums', () => {
    const { tensors, state } = checkpoint;
    const metadata = { format: 'diptych.checkpoint/1', step: '3', state: JSON.stringify(state) };
    expect(decodeCheckpoint(writeSafetensors(tensors, metadata))).toEqual(checkpoint);
  });

  it.each([NaN, Infinity, -Infinity])('neither writes nor reads %s', (value) => {
    const bad = { ...checkpoint, tensors: { w: { ...checkpoint.tensors.w, data: Float32Array.of(1, value) } } };
    const rule = `'w' of the checkpoint must be finite (go on from an earlier checkpoint), got "${value} at 1, 1 of 2 in all"`;
    expect(() => encodeCheckpoint(bad as Checkpoint)).toThrow(`encodeCheckpoint: ${rule}`);
    const metadata = { format: 'diptych.checkpoint/1', step: '3', state: JSON.stringify(checkpoint.state) };
    const bytes = writeSafetensors(bad.tensors as Checkpoint['tensors'], metadata);
    expect(() => decodeCheckpoint(bytes)).toThrow(`decodeCheckpoint: ${rule}`);
  });
});
