import '@tensorflow/tfjs-backend-cpu';
import { samplerContract } from '@diptych/test-utils/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { karrasSigmas } from '../grids/karras-sigmas.ts';
import { key } from '../random/key.ts';
import { heun } from './heun.ts';
import { sample } from '../sampling/sample.ts';

samplerContract('heun()', () => heun(), { order: 2 });
samplerContract('heun({ churn })', () => heun({ churn: 20 }));

describe('heun()', () => {
  it('makes a step by hand: with D = x/2, from 4 to 2, slopes 1/8 and 3/16 x give 11/16 x', async () => {
    const initial = tf.tensor([16]);
    const x = await sample(heun(), (x) => tf.div(x, 2), { sigmas: [4, 2], initial });
    // d = 8/4 = 2, x' = 12; d' = 6/2 = 3; x' = 16 - 2 * 2.5 = 11
    expect(await x.data()).toEqual(Float32Array.of(11));
    tf.dispose([initial, x]);
  });

  it('calls the denoiser twice a step, once in the last', async () => {
    const evaluations: number[] = [];
    const x = await sample(heun(), (x) => tf.div(x, 2), {
      sigmas: karrasSigmas(4),
      shape: [1, 1],
      key: key(0),
      onProgress: (progress) => evaluations.push(progress.evaluations),
    });
    x.dispose();
    expect(evaluations).toEqual([2, 4, 6, 7]);
  });

  it('adds churn noise only between churnMin and churnMax', async () => {
    const asked: number[][] = [];
    const x = await sample(heun({ churn: 1, churnMin: 1, churnMax: 5 }), (x) => tf.div(x, 2), {
      sigmas: [10, 4, 2, 0.5, 0],
      shape: [1, 1],
      key: key(0),
      noise: ({ index, draw, from, to, shape }) => {
        asked.push([index, draw, from, to]);
        return tf.zeros([...shape]);
      },
    });
    x.dispose();
    expect(asked).toEqual([
      [1, 0, 5, 4],
      [2, 0, 2.5, 2],
    ]);
  });
});
