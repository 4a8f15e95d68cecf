import { checkRule, rules } from '@diptych/formats/errors';

const networkRule = rules.methods('a network, with forward and variables', 'forward', 'variables');

/** A network with `forward` and `variables`: a built one, not its class and no tfjs model. */
export const checkNetwork = (where: string, network: unknown): void =>
  checkRule(where, 'network', networkRule, network);
