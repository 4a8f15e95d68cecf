import { check, rules } from '@diptych/formats/errors';
import type { Network } from '../contracts/network.ts';

/** A network with `forward` and `variables`: a built one, not its class and no tfjs model. */
export function checkNetwork(where: string, network: unknown): void {
  const { forward, variables } = (network ?? {}) as Partial<Network>;
  const holds = [forward, variables].every(rules.callback.holds);
  check(holds, where, 'network', 'a network, with forward and variables', network);
}
