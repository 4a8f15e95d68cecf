import { check, checkCount, checkOptions, type OptionRules, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { movingAverage } from '../../ema/moving-average.ts';
import { betaRule } from '../adam-moments.ts';
import { orthogonalize } from './orthogonalize.ts';
import type { UpdateRule } from './update-rule.ts';

/** What the orthogonal direction of a matrix with this many inputs and outputs is multiplied by. */
export type MuonScale = (inputs: number, outputs: number) => number;

/** sqrt(max(1, outputs / inputs)): the step has about the same spectral norm for every matrix; Muon's own, for rates near 0.02. */
export const spectralScale: MuonScale = (inputs, outputs) => {
  checkCount('spectralScale', { inputs, outputs });
  return Math.sqrt(Math.max(1, outputs / inputs));
};

/** 0.2 sqrt(max(inputs, outputs)): the step has the root mean square of AdamW's, so that one learning rate suits both. */
export const adamScale: MuonScale = (inputs, outputs) => {
  checkCount('adamScale', { inputs, outputs });
  return 0.2 * Math.sqrt(Math.max(inputs, outputs));
};

export interface MuonRuleOptions {
  /** Share of the buffer kept at each step. Default 0.95. */
  momentum?: number;
  /** Looks one step ahead. Default true. */
  nesterov?: boolean;
  /** Iterations of Newton and Schulz. Default 5. */
  iterations?: number;
  /** Default `adamScale`. */
  scale?: MuonScale;
}

export const muonRules: OptionRules<MuonRuleOptions> = {
  momentum: betaRule,
  nesterov: rules.flag,
  iterations: rules.count,
  scale: rules.callback,
};

/**
 * The momentum of a matrix, made orthogonal: all directions of a weight move alike. For weights of two axes or more; all
 * axes but the last are the inputs.
 *
 *     m <- momentum m + (1 - momentum) g,  u = momentum m + (1 - momentum) g   (without nesterov: u = m)
 *     step = rate scale(inputs, outputs) orthogonalize(u)
 *
 * @throws DiptychError if the momentum is outside [0, 1), the iterations are no positive integer, or a weight is a vector.
 * @see Jordan et al. 2024, Muon: An optimizer for hidden layers in neural networks, for the step; Liu et al. 2025, Muon is
 * Scalable for LLM Training, eq. 4, arXiv:2502.16982, for `adamScale`
 * @example
 * const rule = decoupledDecay(muonRule({ scale: spectralScale }), 0.1);
 */
export function muonRule(options: MuonRuleOptions = {}): UpdateRule<'momentum'> {
  const where = 'muonRule';
  const {
    momentum = 0.95,
    nesterov = true,
    iterations = 5,
    scale = adamScale,
  } = checkOptions(where, options, muonRules);
  return {
    slots: ['momentum'],
    settings: { momentum, nesterov, iterations, scale: scale.name || 'scale' },
    whole: true,
    update(gradient, slots, { rate, shape }) {
      check(shape.length > 1, where, 'shape of a weight', 'of two axes or more', [...shape]);
      const buffer = movingAverage(slots.momentum, gradient, momentum);
      const ahead = nesterov ? movingAverage(gradient, buffer, 1 - momentum) : buffer;
      const outputs = shape[shape.length - 1];
      const inputs = gradient.size / outputs;
      const direction = orthogonalize(tf.reshape(ahead, [inputs, outputs]), { iterations });
      const step = tf.mul<tf.Tensor1D>(tf.reshape(direction, [gradient.size]), rate * scale(inputs, outputs));
      return { step, slots: { momentum: buffer } };
    },
  };
}
