import type { Batch } from '@diptych/core';
import { describe, expect, it } from 'vitest';
import { checkBatch } from './check-batch.ts';

const sound = (): Batch => ({ x: new Float32Array(3 * 4), shape: [3, 2, 2, 1], label: new Int32Array([0, 1, 2]) });

describe('checkBatch', () => {
  it('accepts a sound batch, floats or bytes, with or without labels', () => {
    expect(() => checkBatch(sound(), { length: 3, image: [2, 2, 1], classes: 3 })).not.toThrow();
    expect(() => checkBatch({ x: new Uint8Array(4), shape: [1, 2, 2, 1] })).not.toThrow();
  });

  it.each([NaN, Infinity, -Infinity])('names the image that holds %s', (value) => {
    const batch = { ...sound(), index: new Int32Array([10, 20, 30]) };
    batch.x[7] = value;
    expect(() => checkBatch(batch)).toThrow(/checkBatch: image 20 must be free of NaN and infinity, got/);
  });

  it('names the image whose label is no class', () => {
    const batch = sound();
    batch.label![2] = 3;
    expect(() => checkBatch(batch, { classes: 3 })).toThrow(/label of image 2 must be an integer in 0 .. 2, got 3/);
    batch.label![2] = -1;
    expect(() => checkBatch(batch)).toThrow(/label of image 2/);
  });

  it('refuses another image size, another number of images and arrays that do not fit the shape', () => {
    expect(() => checkBatch(sound(), { image: [2, 2, 3] })).toThrow(/shape must be \[3,2,2,3\]/);
    expect(() => checkBatch(sound(), { length: 4 })).toThrow(/shape/);
    expect(() => checkBatch({ ...sound(), x: new Float32Array(11) })).toThrow(/x must be 12 numbers/);
    expect(() => checkBatch({ ...sound(), label: new Int32Array(2) })).toThrow(/label must be of length 3/);
    expect(() => checkBatch({ ...sound(), index: new Int32Array(2) })).toThrow(/index/);
    expect(() => checkBatch({ ...sound(), augmentation: new Float32Array(10) })).toThrow(/augmentation/);
    expect(() => checkBatch({ ...sound(), x: [0] as unknown as Float32Array })).toThrow(/x must be a Float32Array/);
  });

  it('looks into the views', () => {
    const view = sound();
    view.x[0] = NaN;
    expect(() => checkBatch({ ...sound(), views: [sound(), view] })).toThrow(/view.*image 0/);
  });
});
