import { randomBatch } from '@diptych/test-utils/losses';
import { onEachBackend } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { tensorBatch } from './tensor-batch.ts';

onEachBackend('tensorBatch()', () => {
  it('maps uint8 0, 51, 255 to -1, -0.6, 1 and keeps floats, labels, augmentation and views', () => {
    tf.tidy(() => {
      const bytes = tensorBatch({
        x: new Uint8Array([0, 51, 255, 255]),
        shape: [2, 1, 2, 1],
        label: new Int32Array([7, 0]),
      });
      expect(Array.from(bytes.x.dataSync(), (v) => Math.round(v * 1e6) / 1e6)).toEqual([-1, -0.6, 1, 1]);
      expect([bytes.x.shape, bytes.label!.dtype, Array.from(bytes.label!.dataSync())]).toEqual([
        [2, 1, 2, 1],
        'int32',
        [7, 0],
      ]);
      const batch = randomBatch({ views: 2 });
      const floats = tensorBatch({ ...batch, augmentation: Float32Array.from({ length: 36 }, (_, i) => i) });
      expect(Array.from(floats.x.dataSync())).toEqual(Array.from(batch.x));
      const fewer = tensorBatch({ ...batch, augmentation: Float32Array.from({ length: 24 }, (_, i) => i) });
      expect(fewer.augmentation!.shape).toEqual([4, 6]);
      expect(fewer.augmentation!.arraySync()[1][2]).toBe(8);
      expect(floats.augmentation!.arraySync()[1][2]).toBe(11);
      expect(floats.views.map(({ x }) => Array.from(x.dataSync()))).toEqual(batch.views!.map(({ x }) => Array.from(x)));
      expect(bytes.views).toEqual([]);
    });
  });

  it('refuses lengths that do not fit, views of another batch size, NaN and infinite pixels, odd labels, without leaving tensors', () => {
    const good = randomBatch({ views: 1 });
    const before = tf.memory().numTensors;
    const spoilt = (value: number) => good.x.map((v, i) => (i === 20 ? value : v)) as Float32Array;
    expect(() => tensorBatch({ ...good, x: good.x.slice(1) })).toThrow(
      /tensorBatch: batch.x must be of length 72, .* got 71/,
    );
    expect(() => tensorBatch({ ...good, shape: [4, 3, 3, 0] })).toThrow(
      /batch.shape\[3\] must be a positive integer, got 0/,
    );
    expect(() => tensorBatch({ ...good, x: spoilt(NaN) })).toThrow(/batch.x\[20\] must be a finite number, got NaN/);
    expect(() => tensorBatch({ ...good, x: spoilt(-Infinity) })).toThrow(
      /batch.x\[20\] must be a finite number, got -Infinity/,
    );
    expect(() => tensorBatch({ ...good, label: new Int32Array(3) })).toThrow(
      /batch.label must be of length 4, one per image, got 3/,
    );
    for (const label of [
      new Float32Array([0, 1, 0.5, 2]),
      new Float32Array([0, NaN, 1, 2]),
      Int32Array.of(0, 1, -1, 2),
    ]) {
      const message = /batch.label\[[12]\] must be an integer >= 0, got (0.5|NaN|-1)/;
      expect(() => tensorBatch({ ...good, label: label as Int32Array })).toThrow(message);
    }
    expect(() => tensorBatch({ ...good, augmentation: new Float32Array(36).fill(NaN) })).toThrow(
      /batch.augmentation\[0\] must be a finite number, got NaN/,
    );
    expect(() => tensorBatch({ ...good, augmentation: new Float32Array(6) })).toThrow(
      /batch.augmentation must be 4 rows of as many numbers each, got 6/,
    );
    const views = [randomBatch({ shape: [3, 3, 3, 2] })];
    expect(() => tensorBatch({ ...good, views })).toThrow(/batch.views\[0\].shape must be a batch of 4 images/);
    expect(tf.memory().numTensors).toBe(before);
  });
});
