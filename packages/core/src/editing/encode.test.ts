import '@tensorflow/tfjs-backend-cpu';
import { gaussianOracle } from '@diptych/test-utils/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { karrasSigmas } from '../grids/karras-sigmas.ts';
import { ddim } from '../samplers/ddim.ts';
import { dpmAdaptive } from '../samplers/dpm-adaptive.ts';
import { encode } from './encode.ts';
import { heun } from '../samplers/heun.ts';
import { sample } from '../sampling/sample.ts';

const { denoise, endPoint } = gaussianOracle();
const falling = karrasSigmas(60, { sigmaMin: 0.01, sigmaMax: 10 }).slice(0, -1);
const rising = [...falling].reverse();

describe('encode()', () => {
  it('follows the ODE from data to noise, and sampling leads back', async () => {
    const before = tf.memory().numTensors;
    const x = tf.tensor([[0.5], [-1.2]]);
    const latent = await encode(heun(), denoise, x, { sigmas: rising });
    const back = await sample(heun(), denoise, { sigmas: falling, initial: latent });
    [0.5, -1.2].forEach((start, i) => {
      expect(latent.dataSync()[i]! / endPoint(start, 0.01, 10)).toBeCloseTo(1, 2);
      expect(back.dataSync()[i]).toBeCloseTo(start, 2);
    });
    tf.dispose([x, latent, back]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses grids that do not rise from above 0, and samplers that choose their steps', async () => {
    const x = tf.zeros([1, 1]);
    await expect(encode(ddim(), denoise, x, { sigmas: falling })).rejects.toThrow('encode: sigmas must be');
    await expect(encode(ddim(), denoise, x, { sigmas: [0, 1] })).rejects.toThrow('encode: sigmas must be');
    await expect(encode(dpmAdaptive(), denoise, x, { sigmas: [1, 2] })).rejects.toThrow(
      'dpmAdaptive: sigmas must be a falling grid',
    );
    x.dispose();
  });
});
