import { checkRule, rules } from '@diptych/formats/errors';

const diffusionRule = rules.methods('a process, such as edm()', 'precondition', 'sigmaQuantile', 'weight');

/** A process, as `edm()` makes one, not the function itself. */
export const checkDiffusion = (where: string, diffusion: unknown): void =>
  checkRule(where, 'diffusion', diffusionRule, diffusion);
