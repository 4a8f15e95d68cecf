import { check } from '@diptych/ops';
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
 * @throws DiptychError at once on options out of range; from the iteration on bad batches, on data that ends early, on a
 * checkpoint that does not fit (nothing is changed then), and on steps that stay non-finite.
 * @see `jsonlLog` and `saveCheckpoint` of `@diptych/trainer/node`.
 * @example
 * const run = train({ network, objective, data, optimizer: adamW(), steps: 5000, ema: 0.999, clip: 1, key: key(0) });
 * for await (const { step, loss } of run) if (step % 100 === 0) show(step, loss);
 * const images = await sample(heun(), denoiser(network, process, { weights: run.ema }), { sigmas, shape, key: key(1) });
 */
export function train(options: TrainOptions): TrainRun {
  const { steps = Infinity, accumulate = 1, maxSkipped = 10, clip, ema, data } = options;
  const where = 'train';
  check(
    steps === Infinity || (Number.isInteger(steps) && steps >= 0),
    where,
    'options.steps',
    'an integer from 0',
    steps,
  );
  check(Number.isInteger(accumulate) && accumulate >= 1, where, 'options.accumulate', 'an integer from 1', accumulate);
  const patience = maxSkipped === Infinity || (Number.isInteger(maxSkipped) && maxSkipped >= 0);
  check(patience, where, 'options.maxSkipped', 'an integer from 0', maxSkipped);
  check(typeof clip !== 'number' || clip > 0, where, 'options.clip', '> 0', clip);
  check(typeof ema !== 'number' || (ema >= 0 && ema <= 1), where, 'options.ema', 'in [0, 1]', ema);
  check(options.key, where, 'options.key', 'a key, such as key(0)', options.key);
  const iterable = 'from' in data || Symbol.asyncIterator in data || Symbol.iterator in data;
  check(iterable, where, 'options.data', 'an iterable of batches', data);
  return new TrainingRun(options);
}
