import { check } from '@diptych/formats/errors';
import type { TrainOptions } from './train-options.ts';

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
export function checkTrainOptions(options: TrainOptions): void {
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
