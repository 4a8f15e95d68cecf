import { discreteSchedule } from '@diptych/core';
import { posterior, respacedBetas, spaceTimesteps } from '@diptych/core/schedules';
import type { FixtureCase } from '../../fixtures/index.ts';
import { close, closeRelative, only, unknown } from './close.ts';
import { betasOf } from './tables.ts';

/** "10,15,20", [10, 15, 20] and "ddim50" as `spaceTimesteps` takes them. */
export function sectionsOf(text: string | number[]): number[] | `ddim${number}` {
  if (typeof text !== 'string') return text;
  return text.startsWith('ddim') ? (text as `ddim${number}`) : text.split(',').map(Number);
}

export function respacing({ kind, config, timesteps, ...expected }: FixtureCase): void {
  if (kind === 'space_timesteps') {
    only(config, 'T', 'sections');
    return close(spaceTimesteps(sectionsOf(config.sections), config.T), timesteps, 0);
  }
  if (kind !== 'spaced_chain') return unknown({ kind });
  only(config, 'schedule', 'T', 'respacing', 'beta_start', 'beta_end');
  const kept = spaceTimesteps(sectionsOf(config.respacing), config.T);
  const chain = discreteSchedule(
    respacedBetas(
      betasOf({ schedule: config.schedule, T: config.T, beta_start: config.beta_start, beta_end: config.beta_end }),
      kept,
    ),
  );
  const at = (table: readonly number[]) => (expected.index as number[]).map((i) => table[i]!);
  close(at(kept), timesteps, 0);
  close(chain.betas.length, expected.n, 0);
  closeRelative(at(chain.betas), expected.betas, 1e-9, 'betas');
  closeRelative(at(chain.alphasCumprod), expected.alphas_cumprod, 1e-9, 'alphas_cumprod');
  const tables = chain.betas.map((_, t) => posterior(chain, t));
  closeRelative(at(tables.map((of) => of.variance)), expected.posterior_variance, 1e-9, 'variance');
  close(at(tables.map((of) => of.logVariance)), expected.posterior_log_variance_clipped, 1e-9, 'log variance');
}
