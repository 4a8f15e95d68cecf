import { checkTrainOptions } from './check-train-options.ts';
import type { TrainOptions } from './train-options.ts';
import type { TrainRun } from './train-run.ts';
import { TrainingRun } from './training-run.ts';

/**
 * Trains a network: an async iterable that makes one step for every event taken from it.
 *
 *     a step: loss and gradient -> finite? -> clip -> optimizer -> running averages -> objective.afterStep
 *
 * - Leaving the loop stops the training; iterating the run again goes on where it stopped. So does `resume` with a
 *   checkpoint, in another process: bit for bit, on the same backend, with the same options.
 * - A step whose loss or gradient is not finite changes nothing: weights, moments, averages and running statistics stay.
 *   After more than `maxSkipped` in a row the iteration throws and says where to look.
 * - The `signal` ends the iteration after the step under way. Every step lets the event loop run.
 * - A weight that the loss does not reach has gradient zero: weight decay still shrinks it.
 *
 * **Memory** the run owns moments and averages until `dispose`; the number of tensors is the same after every step.
 *
 * @throws DiptychError if an option is unknown or out of range, at once; from the iteration if a batch is bad, the data ends early, a
 * checkpoint does not fit (nothing is changed then), another training that is going on changes the same
 * weights, an objective returns no scalar or one that no weight reaches, a WebGL context or WebGPU device is lost, or steps stay non-finite.
 * @see `jsonlLog` and `saveCheckpoint` of `@diptych/trainer/node`.
 * @example
 * const run = train({ network, objective, data, optimizer: adamW(), steps: 5000, ema: 0.999, clip: 1, key: key(0) });
 * for await (const { step, loss } of run) if (step % 100 === 0) show(step, loss);
 * const images = await sample(heun(), denoiser(network, diffusion, { weights: run.ema }), { sigmas, shape, key: key(1) });
 */
export function train(options: TrainOptions): TrainRun {
  return new TrainingRun(checkTrainOptions(options));
}
