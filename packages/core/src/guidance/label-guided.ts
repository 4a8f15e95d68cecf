import { check, checkOptions, rules } from '@diptych/formats/errors';
import type { Denoise } from '../contracts/denoiser.ts';
import type { Network } from '../contracts/network.ts';
import type { Diffusion } from '../contracts/diffusion.ts';
import { denoiser } from '../diffusion/denoiser.ts';
import { checkDiffusion } from '../diffusion/check-diffusion.ts';
import { type Conditions, conditionRules } from '../diffusion/preconditioned.ts';
import { checkNetwork } from '../networks/check-network.ts';
import { cfg, guided, type GuidanceRule } from './guided.ts';

export interface LabelGuidedOptions extends Conditions {
  /** How the estimates with and without the labels are combined. Default `cfg(2)`. */
  rule?: GuidanceRule;
}

/**
 * The denoiser of one network, guided by its labels: with them against without.
 *
 * **Memory** label, augmentation and weights stay the caller's, and must live while it is used.
 *
 * @throws DiptychError if no label is given
 * @see Ho and Salimans 2022, "Classifier-free diffusion guidance", algorithm 2, arXiv:2207.12598
 * @example
 * sample(heun(), labelGuided(network, edm(), { label: [0, 1, 2], rule: cfg(3) }), { sigmas, shape: [3, 32, 32, 3], key: key(0) });
 */
export function labelGuided(network: Network, diffusion: Diffusion, options: LabelGuidedOptions): Denoise {
  const {
    rule = cfg(2),
    label,
    ...conditions
  } = checkOptions('labelGuided', options, { ...conditionRules, rule: rules.callback });
  checkNetwork('labelGuided', network);
  checkDiffusion('labelGuided', diffusion);
  check(label, 'labelGuided', 'label', 'given: guidance is towards a class', label);
  return guided(denoiser(network, diffusion, { ...conditions, label }), denoiser(network, diffusion, conditions), rule);
}
