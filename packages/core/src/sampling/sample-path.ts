import {
  check,
  checkFunction,
  checkOptions,
  checkRule,
  checkShape,
  rules,
  type OptionRules,
} from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { Denoise } from '../contracts/denoiser.ts';
import type { Sampler } from '../contracts/sampler.ts';
import { keyRule } from '../random/check-key.ts';
import { type Key, split } from '../random/key.ts';
import { normalPerSample } from '../random/tensors.ts';
import { checkSampler } from './check-sampler.ts';
import { nextTask } from './next-task.ts';
import { SamplingRun } from './run-memory.ts';
import { independentNoise, type NoiseSource } from './noise-source.ts';

export interface SampleOptions {
  /** The time grid: noise levels, strictly decreasing, N + 1 of them for N steps; the last may be 0. */
  sigmas: readonly number[];
  /** Shape of the result, [B, ...]. Default that of `initial`. */
  shape?: readonly number[];
  /** Where all randomness comes from: initial noise and the noise of stochastic samplers. */
  key?: Key;
  /** Number of the first sample: a worker that makes samples 64 .. 127 says 64. Default 0. */
  first?: number;
  /** The state at `sigmas[0]`, in place of sigmas[0] times noise. The caller keeps it. */
  initial?: tf.Tensor;
  /** The noise of stochastic samplers, in place of independent noise made from `key`. */
  noise?: NoiseSource;
  /** Aborts between two steps: the promise rejects with the signal's reason, and every tensor is freed. */
  signal?: AbortSignal;
  /** Called after every step. */
  onProgress?: (progress: SampleProgress) => void;
}

export interface SampleProgress {
  /** Steps made so far. */
  steps: number;
  /** Steps in all; undefined if the sampler chooses them. */
  total: number | undefined;
  /** Noise level reached. */
  sigma: number;
  /** Calls of the denoiser so far. */
  evaluations: number;
}

export interface SampleEvent extends SampleProgress {
  /** The step that was made, from 0. */
  index: number;
  /** The state at `sigma`. The path owns it: valid until the next event, clone it to keep it. */
  x: tf.Tensor;
  /** The estimate of x0 that the step was made with. The path owns it, as x. */
  denoised: tf.Tensor;
}

/**
 * Samples step by step: an async iterable with the state and the preview of x0 after each step.
 *
 * Starts at x = sigmas[0] n, or at `initial`. Sample i depends on the key and on `first` + i only. After every step the event
 * loop runs once. Leaving the loop early, an abort, or an error in the denoiser frees every tensor.
 *
 * **Shapes** [B, ...], whatever the denoiser takes. **Memory** the path owns what it yields, until the next event.
 *
 * @throws DiptychError if, at once, the grid, the shape or the rest of the options do not fit; while it runs, if the
 * denoiser returns another shape; at the end, if one of its estimates was not finite, naming the first; and whatever the denoiser
 * and the signal throw
 * @example
 * for await (const { index, sigma, denoised } of samplePath(heun(), denoise, { sigmas: karrasSigmas(18), shape, key: key(0) })) {
 *   preview(await denoised.data(), index, sigma);
 * }
 */
export function samplePath(
  sampler: Sampler,
  denoise: Denoise,
  options: SampleOptions,
): AsyncGenerator<SampleEvent, void, undefined> {
  return checkedPath('samplePath', sampler, denoise, options);
}

/** What holds for them. */
export const sampleRules: OptionRules<SampleOptions> = {
  sigmas: rules.required(rules.array),
  shape: rules.array,
  key: keyRule,
  first: rules.index,
  initial: rules.tensor,
  noise: rules.callback,
  signal: rules.signal,
  onProgress: rules.callback,
};

/** The same, under the name that the user called. */
export function checkedPath(
  where: string,
  sampler: Sampler,
  denoise: Denoise,
  options: SampleOptions,
): AsyncGenerator<SampleEvent, void, undefined> {
  checkWalk(where, sampler, denoise);
  return walk(sampler, denoise, checkStart(where, checkOptions(where, options, sampleRules)));
}

/** A sampler and a denoiser, not functions that make them. */
export function checkWalk(where: string, sampler: Sampler, denoise: Denoise): void {
  checkSampler(where, 'sampler', sampler);
  checkFunction(where, { denoise });
}

/** Refuses options that do not fit together; fills in the shape. */
export function checkStart(where: string, options: SampleOptions): SampleOptions & { shape: readonly number[] } {
  const { sigmas, initial, key } = options;
  checkGrid(where, sigmas);
  const usable = initial === undefined || (initial instanceof tf.Tensor && !initial.isDisposed);
  const found = initial?.isDisposed ? 'a disposed one' : initial;
  check(usable, where, 'initial', 'a tensor that is not disposed', found);
  const shape = options.shape ?? initial?.shape;
  const sized = shape !== undefined && shape.length > 0 && shape.every((size) => Number.isInteger(size) && size > 0);
  check(sized, where, 'shape', 'given (or initial), [B, ...], all integers > 0', shape);
  if (initial) checkShape(where, { initial }, shape);
  check(initial || key, where, 'key', 'given, unless initial is', key);
  return { ...options, sigmas: [...sigmas], shape };
}

/** The driver itself: walks any checked grid. */
export async function* walk(
  sampler: Sampler,
  denoise: Denoise,
  { sigmas, shape, key, first, initial, noise, signal, onProgress }: SampleOptions & { shape: readonly number[] },
): AsyncGenerator<SampleEvent, void, undefined> {
  const end = sigmas.at(-1)!;
  const adaptive = sampler.accept !== undefined;
  const total = adaptive ? undefined : sigmas.length - 1;
  const [initialKey, noiseKey] = key ? split(key) : [];
  const source = noise ?? (noiseKey && independentNoise(noiseKey, { first }));

  const run = new SamplingRun();
  let at = 0;
  // One number for each evaluation, NaN if the estimate was not finite: read once, at the end, so that no step waits for the device.
  const probes: { index: number; sigma: number; probe: tf.Tensor }[] = [];
  const named = (index: number, sigma: number) => `denoise(x, sigma) of step ${index}, at sigma ${sigma},`;
  // A handle of our own on the result, so that the caller's tensors are never disposed.
  const counted: Denoise = (x, sigma) => {
    const denoised = run.within(() => denoise(x, sigma));
    checkShape(sampler.name, { [named(at, sigma)]: denoised }, x.shape);
    probes.push({ index: at, sigma, probe: tf.keep(tf.sum(tf.mul(denoised, 0))) });
    return tf.clone(denoised);
  };
  const checkFinite = async () => {
    const all = tf.stack(probes.map(({ probe }) => probe));
    const bad = (await all.data()).findIndex((value) => value !== 0);
    all.dispose();
    if (bad < 0) return;
    const { index, sigma } = probes[bad];
    check(false, sampler.name, named(index, sigma), 'finite', 'NaN or Infinity');
  };

  signal?.throwIfAborted();
  let x = initial
    ? tf.clone(initial)
    : tf.tidy(() => tf.mul(normalPerSample(initialKey!, [...shape], { first }), sigmas[0]));
  let sigma = sigmas[0];
  let state: unknown;
  let denoised: tf.Tensor | undefined;
  const tensors = (...of: unknown[]) => tf.tensor_util.getTensorsInContainer(of as tf.TensorContainer);
  const free = (old: tf.Tensor[], kept: tf.Tensor[] = []) => tf.dispose(old.filter((tensor) => !kept.includes(tensor)));
  try {
    for (let index = 0; sigma !== end; index++) {
      const sigmaNext = adaptive ? end : sigmas[index + 1];
      at = index;
      let draw = 0;
      const draws = (from: number, to: number) => {
        check(source, sampler.name, 'key', 'given, for the sampler draws noise', key);
        const drawn = source({ index, draw: draw++, from, to, shape });
        checkShape(sampler.name, { 'the noise of the source': drawn }, shape);
        return drawn;
      };
      const before = tensors(x, denoised, state);
      const result = tf.tidy(
        () => sampler.step(x, counted, { index, sigma, sigmaNext, sigmas, state, noise: draws }) as never,
      ) as ReturnType<Sampler['step']>;
      const made = tensors(result);
      try {
        if (adaptive && result.error) {
          const [error] = await result.error.data();
          if (!Number.isFinite(error)) await checkFinite();
          check(
            Number.isFinite(error),
            sampler.name,
            `the error of step ${index}, at sigma ${sigma},`,
            'finite',
            error,
          );
          const verdict = sampler.accept!(error!, result.state);
          result.state = verdict.state;
          if (!verdict.accepted) Object.assign(result, { x, sigma });
        }
      } catch (error) {
        free(made, before);
        throw error;
      }
      ({ x, denoised, state } = result);
      sigma = result.sigma ?? sigmaNext;
      free([...before, ...made], tensors(x, denoised, state));
      const progress = { steps: index + 1, total, sigma, evaluations: probes.length };
      if (sigma === end) await checkFinite();
      onProgress?.(progress);
      yield { ...progress, index, x, denoised };
      if (sigma !== end) await nextTask();
      signal?.throwIfAborted();
    }
  } finally {
    run.end();
    free(tensors(x, denoised, state));
    tf.dispose(probes.map(({ probe }) => probe));
  }
}

/** The rules of a time grid that samplers walk: explicit, from noise to data. */
export function checkGrid(where: string, sigmas: readonly number[]): void {
  checkRule(where, 'sigmas', rules.array, sigmas);
  check(sigmas.length >= 2, where, 'sigmas', 'a grid of at least 2 noise levels', sigmas);
  check(sigmas.every(Number.isFinite), where, 'sigmas', 'finite', sigmas);
  check(sigmas.at(-1)! >= 0, where, 'sigmas', '>= 0', sigmas);
  const decreasing = sigmas.every((sigma, i) => i === 0 || sigma < sigmas[i - 1]);
  check(decreasing, where, 'sigmas', 'strictly decreasing', sigmas);
}
