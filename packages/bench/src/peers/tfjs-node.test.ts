import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { startTfjsNode } from './tfjs-node.ts';

beforeAll(() => tf.setBackend('cpu'));

describe('startTfjsNode()', () => {
  it('is absent when the package is not installed, or belongs to another copy of tfjs-core', async () => {
    expect(await startTfjsNode(2, () => Promise.reject(new Error('Cannot find package')))).toBeUndefined();
    expect(await startTfjsNode(2, async () => ({}))).toBeUndefined();
    expect(tf.getBackend()).toBe('cpu');
  });

  it('runs a step on the native backend, and goes back, also after an error', async () => {
    const native = await startTfjsNode(2, async () => {
      tf.registerBackend('tensorflow', () => tf.findBackend('cpu'));
      await tf.setBackend('tensorflow');
    });
    expect(tf.getBackend()).toBe('cpu');
    expect(await native!.run(async () => tf.getBackend())).toBe('tensorflow');
    expect(tf.getBackend()).toBe('cpu');
    await expect(native!.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(tf.getBackend()).toBe('cpu');
  });
});
