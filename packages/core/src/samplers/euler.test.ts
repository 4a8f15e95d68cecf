import '@tensorflow/tfjs-backend-cpu';
import { samplerContract } from '@diptych/test-utils/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { euler } from './euler.ts';
import { sample } from '../sampling/sample.ts';

samplerContract('euler()', () => euler(), { order: 1 });
samplerContract('euler({ churn })', () => euler({ churn: 20 }), { tolerance: 0.1 });

describe('euler()', () => {
  it('makes a step by hand: x = 3, D = 1, from 4 to 1 gives 1 + (3 - 1)/4', async () => {
    const initial = tf.tensor([3]);
    const x = await sample(euler(), () => tf.tensor([1]), { sigmas: [4, 1], initial });
    expect(await x.data()).toEqual(Float32Array.of(1.5));
    tf.dispose([initial, x]);
  });

  it('refuses options out of range', () => {
    expect(() => euler({ churn: -1 })).toThrow('euler: churn must be a finite number >= 0, got -1');
    expect(() => euler({ churnMin: 2, churnMax: 1 })).toThrow('euler: churnMax must be >= churnMin, got 1');
    expect(() => euler({ churnNoise: NaN })).toThrow('euler: churnNoise must be');
    expect(() => euler({ churnMin: -1 })).toThrow('euler: churnMin must be');
  });
});
