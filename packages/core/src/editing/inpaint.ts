import { check, checkOptions, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { Denoise } from '../contracts/denoiser.ts';
import { checkStart, checkWalk, type SampleOptions, sampleRules, walk } from '../sampling/sample-path.ts';
import { lastOf } from '../sampling/sample.ts';
import type { Sampler } from '../contracts/sampler.ts';
import { addNoise } from '../samplers/step-arithmetic.ts';

export interface InpaintOptions extends Omit<SampleOptions, 'shape'> {
  /** What is known of the result, [B, ...]; the rest of it does not matter, but must be finite. The caller keeps it. */
  image: tf.Tensor;
  /** 1 where the image is known, 0 where it is to be made; of a shape that broadcasts to the image's. The caller keeps it. */
  mask: tf.Tensor;
  /** How many times every stretch of the grid is walked; 1 never goes back. Default 10. */
  resample?: number;
  /** Steps of such a stretch. Default 10, or as many as the grid has. */
  jump?: number;
}

const { shape: _, ...walkRules } = sampleRules;
const inpaintRules = {
  ...walkRules,
  image: rules.required(rules.tensor),
  mask: rules.required(rules.tensor),
  resample: rules.count,
  jump: rules.count,
} as const;

/** The levels that RePaint visits: after every `jump` steps, counted from the last but one level, back up as many, resample - 1 times. */
export function repaintLevels(sigmas: readonly number[], jump: number, resample: number): number[] {
  const last = sigmas.length - 2;
  const levels = [sigmas[0]];
  const times = new Map<number, number>();
  for (let i = 1; i < sigmas.length; i++) {
    levels.push(sigmas[i]);
    const done = times.get(i) ?? 1;
    if (i > last || (last - i) % jump !== 0 || i < jump || done >= resample) continue;
    times.set(i, done + 1);
    for (let k = 1; k <= jump; k++) levels.push(sigmas[i - k]);
    i -= jump;
  }
  return levels;
}

/**
 * Fills in what a mask leaves open, with a network that knows nothing of masks: after every step what is known is put back in, with the
 * noise of its level, and stretches of the grid are walked again after adding noise, so that both parts come to agree (RePaint).
 *
 *     x' = mask (image + sigma' n) + (1 - mask) step(x);   back up: x + sqrt(sigma''^2 - sigma'^2) n
 *
 * For samplers of one step (`ddpm`, `ddim`, `euler`, `heun`); those with a memory begin anew after every jump back.
 *
 * **Shapes** result that of the image. **Memory** the caller owns the result; everything else is freed, also on an abort or an error.
 *
 * @throws DiptychError if `sample` would refuse the options, the mask does not broadcast to the image, resample or jump is not an integer
 * >= 1, or the sampler is adaptive
 * @see Lugmayr et al. 2022, "RePaint: inpainting using denoising diffusion probabilistic models", algorithm 1 and appendix B,
 * arXiv:2201.09865
 * @example
 * const x = await inpaint(ddpm(), denoise, { image, mask, sigmas: karrasSigmas(50), jump: 5, resample: 5, key: key(0) });
 */
export async function inpaint(sampler: Sampler, denoise: Denoise, options: InpaintOptions): Promise<tf.Tensor> {
  checkWalk('inpaint', sampler, denoise);
  const { image, mask, resample = 10, jump, ...rest } = checkOptions('inpaint', options, inpaintRules);
  const { shape } = image;
  const start = checkStart('inpaint', { ...rest, shape });
  const { sigmas } = start;
  const fits =
    mask.rank <= shape.length && mask.shape.every((n, i) => n === 1 || n === shape[shape.length - mask.rank + i]);
  check(fits, 'inpaint', 'mask', `of a shape that broadcasts to [${shape}]`, mask);
  const stretch = jump ?? Math.min(10, Math.max(1, sigmas.length - 2));
  check(!sampler.accept, 'inpaint', 'sampler', 'a sampler that follows the grid', sampler.name);

  const known = (made: tf.Tensor, given: tf.Tensor) => tf.add(made, tf.mul(mask, tf.sub(given, made)));
  type State = { inner: unknown; denoised: tf.Tensor };
  const repaint: Sampler<State> = {
    name: `inpaint(${sampler.name})`,
    step(x, denoise, step) {
      const { sigma, sigmaNext, state } = step;
      if (sigmaNext > sigma) {
        const up = addNoise(x, Math.sqrt(sigmaNext ** 2 - sigma ** 2), step, sigma, sigmaNext);
        return { x: up, denoised: state!.denoised, state: { inner: undefined, denoised: state!.denoised } };
      }
      const index = sigmas.indexOf(sigma);
      const made = sampler.step(x, denoise, { ...step, index, sigmas, state: state?.inner });
      const given = addNoise(image, sigmaNext, step, sigma, sigmaNext);
      const denoised = known(made.denoised, image);
      return { x: known(made.x, given), denoised, state: { inner: made.state, denoised } };
    },
  };
  return lastOf(walk(repaint, denoise, { ...start, sigmas: repaintLevels(sigmas, stretch, resample) }));
}
