import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { clipDenoised } from '../denoisers/clip-denoised.ts';
import { key } from '../random/key.ts';
import { sample } from '../sampling/sample.ts';
import { linearBetas } from '../schedules/betas/linear-betas.ts';
import { discreteSchedule } from '../schedules/discrete-schedule.ts';
import { trailingTimesteps } from '../schedules/timesteps/trailing-timesteps.ts';
import { ddim } from './ddim.ts';
import { ddpm } from './ddpm.ts';

describe('few steps of a chain, from a network whose noise is a tenth too small', () => {
  const chain = discreteSchedule(linearBetas());
  const sigmas = [...trailingTimesteps(2).map(chain.sigma), 0];
  const clean = 0.5;
  const denoise = (x: tf.Tensor) => tf.add(clean, tf.mul(0.1, tf.sub(x, clean)));
  const clip = (denoised: tf.Tensor) => tf.clipByValue(denoised, -1, 1);

  const largest = async (sampler: ReturnType<typeof ddim>, by = denoise as Parameters<typeof clipDenoised>[0]) => {
    const x = await sample(sampler, by, { sigmas, shape: [64, 4], key: key(0) });
    const values = await x.data();
    x.dispose();
    return Math.max(...Array.from(values, Math.abs));
  };

  it('leave [-1, 1] by far, unless the estimate is limited as diffusers does by default', async () => {
    expect(await largest(ddim())).toBeGreaterThan(3);
    expect(await largest(ddim({ limit: clip }))).toBeLessThanOrEqual(1);
    expect(await largest(ddpm(), clipDenoised(denoise))).toBeLessThanOrEqual(1);
  });
});
