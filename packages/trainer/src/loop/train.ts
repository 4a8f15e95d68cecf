import { check } from '@diptych/formats/errors';
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
  checkTrainOptions(options);
  return new TrainingRun(options);
}

/** One `true` for each option, so that the compiler sees a forgotten one. */
const known: Readonly<Record<keyof TrainOptions, true>> = {
  network: true,
  objective: true,
  data: true,
  optimizer: true,
  key: true,
  steps: true,
  learningRate: true,
  ema: true,
  clip: true,
  draws: true,
  samples: true,
  accumulate: true,
  resume: true,
  allowChanges: true,
  config: true,
  signal: true,
  maxSkipped: true,
  checkLeaks: true,
  now: true,
};

const where = 'train';

/** Refuses what can be seen to be wrong before the first step: a misspelt option would else be passed over in silence. */
function checkTrainOptions(options: TrainOptions): void {
  const { network, objective, data, optimizer, key, draws, resume, signal } = options;
  const unknown = Object.keys(options).find((name) => !(name in known));
  check(unknown === undefined, where, 'options', `named ${Object.keys(known).join(', ')}`, unknown);
  check(isObject(network) && 'forward' in network, where, 'network', 'a network', network);
  const computes = typeof objective === 'function' || (isObject(objective) && 'compute' in objective);
  check(computes, where, 'objective', 'an objective or a function', objective);
  const iterable = isObject(data) && ('from' in data || Symbol.asyncIterator in data || Symbol.iterator in data);
  check(iterable, where, 'data', 'an iterable of batches', data);
  check(isObject(optimizer) && 'init' in optimizer, where, 'optimizer', 'one, such as adamW()', optimizer);
  check(key, where, 'key', 'a key, such as key(0)', key);
  const drawn = draws === undefined || typeof draws === 'function';
  check(drawn, where, 'draws', 'a function, such as stratifiedDraws', draws);
  const resumable = resume === undefined || (isObject(resume) && 'tensors' in resume && 'state' in resume);
  check(resumable, where, 'resume', 'a checkpoint, such as await loadCheckpoint(path)', resume);
  const stops = signal === undefined || (isObject(signal) && 'addEventListener' in signal);
  check(stops, where, 'signal', 'an AbortSignal', signal);
  checkNumbers(options);
}

function checkNumbers({ steps = Infinity, accumulate = 1, maxSkipped = 10, ...options }: TrainOptions): void {
  const { clip, ema, optimizer, learningRate } = options;
  const countOrForever = (value: number) => value === Infinity || (Number.isInteger(value) && value >= 0);
  check(countOrForever(steps), where, 'steps', 'an integer from 0', steps);
  check(Number.isInteger(accumulate) && accumulate >= 1, where, 'accumulate', 'an integer from 1', accumulate);
  check(countOrForever(maxSkipped), where, 'maxSkipped', 'an integer from 0', maxSkipped);
  check(typeof clip !== 'number' || clip > 0, where, 'clip', '> 0', clip);
  for (const [name, decay] of Object.entries(isObject(ema) ? ema : { '': ema })) {
    const sound = typeof decay !== 'number' || (decay >= 0 && decay <= 1);
    check(sound, where, name ? `ema.${name}` : 'ema', 'in [0, 1]', decay);
  }
  const rates = { learningRate: learningRate, "the optimizer's learningRate": optimizer.learningRate };
  for (const [name, rate] of Object.entries(rates)) {
    const sound = typeof rate !== 'number' || (rate >= 0 && Number.isFinite(rate));
    check(sound, where, name, 'finite and >= 0', rate);
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
