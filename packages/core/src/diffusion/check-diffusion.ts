import { check, rules } from '@diptych/formats/errors';
import type { Diffusion } from '../contracts/diffusion.ts';

/** A process, as `edm()` makes one, not the function itself. */
export function checkDiffusion(where: string, diffusion: unknown): void {
  const { precondition, sigmaQuantile, weight } = (diffusion ?? {}) as Partial<Diffusion>;
  const holds = [precondition, sigmaQuantile, weight].every(rules.callback.holds);
  check(holds, where, 'diffusion', 'a process, such as edm()', diffusion);
}
