import { check } from '@diptych/formats/errors';
import type { Sampler } from '../contracts/sampler.ts';

/** What a sampler function gives, not the function itself. */
export function checkSampler(where: string, parameter: string, sampler: unknown): void {
  const { name, step } = (sampler ?? {}) as Partial<Sampler>;
  const holds = typeof name === 'string' && typeof step === 'function';
  check(holds, where, parameter, 'a sampler, such as euler()', sampler);
}
