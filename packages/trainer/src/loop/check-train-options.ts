import { keyRule } from '@diptych/core/random';
import { checkOptions, checkRule, type OptionRules, type Rule, rules } from '@diptych/formats/errors';
import { limitRule } from '../clipping/gradient-clip.ts';
import { decayRule } from '../ema/decays.ts';
import { learningRateRule } from '../learning-rate/learning-rate.ts';
import type { TrainOptions } from './train-options.ts';

export const networkRule = rules.methods('a network', 'forward', 'variables', 'trainableVariables');

const composed = rules.methods('an objective', 'compute');

export const objectiveRule: Rule = {
  words: 'an objective or a function',
  holds: (value) => rules.callback.holds(value) || composed.holds(value),
};

const stream = rules.methods('a stream of batches', 'from');

const dataRule: Rule = {
  words: 'an iterable of batches',
  holds: (value) =>
    rules.object.holds(value) &&
    (stream.holds(value) || Symbol.asyncIterator in (value as object) || Symbol.iterator in (value as object)),
};

const optimizerRule = rules.methods('one, such as adamW()', 'init');

const countOrForever: Rule = {
  words: 'an integer >= 0, or Infinity',
  holds: (value) => value === Infinity || rules.index.holds(value),
};

const resumeRule: Rule = {
  words: 'a checkpoint, such as await loadCheckpoint(path)',
  holds: (value) => rules.object.holds(value) && 'tensors' in (value as object) && 'state' in (value as object),
};

const trainRules: OptionRules<TrainOptions> = {
  network: rules.required(networkRule),
  objective: rules.required(objectiveRule),
  data: rules.required(dataRule),
  optimizer: rules.required(optimizerRule),
  key: rules.required(keyRule),
  steps: countOrForever,
  learningRate: learningRateRule,
  ema: rules.either(decayRule, rules.record),
  clip: rules.either(limitRule, rules.callback),
  draws: { ...rules.callback, words: 'a function, such as stratifiedDraws' },
  samples: rules.flag,
  accumulate: rules.count,
  resume: resumeRule,
  allowChanges: rules.list(rules.text),
  config: rules.record,
  signal: rules.signal,
  maxSkipped: countOrForever,
  checkLeaks: rules.flag,
  now: rules.callback,
};

/** Refuses what can be seen to be wrong before the first step. */
export function checkTrainOptions(options: TrainOptions): TrainOptions {
  const { ema, optimizer } = checkOptions('train', options, trainRules);
  if (typeof ema === 'object') {
    for (const [name, decay] of Object.entries(ema)) checkRule('train', `ema.${name}`, decayRule, decay);
  }
  checkRule('train', "the optimizer's learningRate", learningRateRule, optimizer.learningRate);
  return options;
}
