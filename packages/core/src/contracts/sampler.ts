import type { Tensor } from '@tensorflow/tfjs-core';
import type { Denoise } from './denoiser.ts';

/** What a sampler is told about the step it is to make. Noise levels are host-side doubles; the grid runs to lower noise. */
export interface SamplerStep<State> {
  /** How many steps came before: position in the grid, or number of attempts if the sampler is adaptive. */
  index: number;
  /** Noise level of x. */
  sigma: number;
  /** Noise level to reach: the next of the grid, or the end of it if the sampler is adaptive. */
  sigmaNext: number;
  /** The whole grid. */
  sigmas: readonly number[];
  /** What the step before returned as `state`; undefined in the first. */
  state: State | undefined;
  /**
   * Standard normal noise of the shape of x for the interval between two noise levels, new in every call; the tidy of the
   * step disposes it. Over disjoint intervals it is independent.
   */
  noise(from: number, to: number): Tensor;
}

/** What a step returns: new tensors, or ones that it was given. The driver disposes those that are no longer used. */
export interface StepResult<State> {
  /** The state at the noise level reached. */
  x: Tensor;
  /** The estimate of x0 that the step was made with: the preview of the result. */
  denoised: Tensor;
  /** Whatever the next step needs: any nesting of plain objects, arrays, numbers and tensors. */
  state?: State;
  /** The noise level reached. Default `sigmaNext`; an adaptive sampler says it. */
  sigma?: number;
  /** Adaptive samplers: the error of the attempt, a scalar, read by the driver and handed to `accept`. */
  error?: Tensor;
}

/**
 * A way from noise to data: a pure step with explicit state, in variance-exploding coordinates x = x0 + sigma n. One driver
 * (`samplePath`, `sample`) owns memory, yielding, progress, abort and noise, so a sampler is the equations and no more.
 */
export interface Sampler<State = unknown> {
  /** For messages. */
  readonly name: string;
  /** From sigma to sigmaNext. Runs inside a tidy; must dispose nothing. */
  step(x: Tensor, denoise: Denoise, step: SamplerStep<State>): StepResult<State>;
  /**
   * Makes the sampler adaptive: it uses the ends of the grid only, chooses its own steps between them, and judges each
   * attempt by its error. Refused, x and sigma stay as they were. `state` is what the next attempt is given.
   */
  accept?(error: number, state: State): { accepted: boolean; state: State };
}
