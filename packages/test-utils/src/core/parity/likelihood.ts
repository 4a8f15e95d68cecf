import { heun } from '@diptych/core';
import { encode } from '@diptych/core/editing';
import { bitsPerDimension, likelihood as flowLikelihood } from '@diptych/core/likelihood';
import { rk45 } from '@diptych/core/samplers';
import * as tf from '@tensorflow/tfjs-core';
import type { FixtureCase, FixtureFile } from '../../fixtures/index.ts';
import { close, numbers, only, unknown } from './close.ts';
import { oracleOf } from './mixture.ts';

/** Sums over 12 float32 numbers, and over as many steps as an adaptive method takes. */
const float32 = 1e-4;

export async function likelihood({ kind, config, x: data, ...expected }: FixtureCase, file: FixtureFile) {
  const oracle = oracleOf(file);
  if (kind === 'encode') {
    only(config, 'steps');
    const { shape, data: states } = expected.xs;
    const x = tf.tensor(states.slice(0, 12), shape.slice(1));
    const result = await encode(heun(), oracle.denoiseExactly, x, { sigmas: numbers(expected.sigmas) });
    const got = Array.from(await result.data());
    tf.dispose([x, result]);
    const scale = Math.max(...numbers(expected.final).map(Math.abs));
    close(
      got.map((value) => value / scale),
      numbers(expected.final).map((value) => value / scale),
      5e-6,
      'final',
    );
    return;
  }
  const sigmas = [config.sigma_min, config.sigma_max];
  const x = tf.tensor(data.data, data.shape);
  try {
    if (kind === 'pf_ode') {
      only(config, 'sigma_min', 'sigma_max');
      const sampler = rk45({ rtol: 1e-6, atol: 1e-6 });
      const { logDensity, logPrior, latent } = await flowLikelihood(oracle.denoise, x, { sampler, sigmas });
      const scale = config.sigma_max as number;
      const scaled = (of: number[]) => of.map((value) => value / scale);
      close(scaled(Array.from(await latent.data())), scaled(numbers(expected.latent)), 2e-5, 'latent');
      latent.dispose();
      close(logPrior, expected.prior_log_p, float32, 'prior');
      const added = logDensity.map((value, i) => value - logPrior[i]!);
      close(added, expected.delta_log_p, float32, 'what the flow adds');
      close(logDensity, expected.log_likelihood, float32, 'log likelihood');
      const bits = logDensity.map((nats) => bitsPerDimension(nats, data.shape[1]));
      close(bits, expected.bits_per_dim, float32, 'bits per dimension');
      return;
    }
    if (kind !== 'hutchinson') unknown({ kind });
    only(config, 'sigma_min', 'sigma_max', 'atol', 'rtol');
    const tight = config.rtol < 1e-6;
    // Below 1e-6 float32 has nothing to gain. A loose tolerance leaves the reference itself up to 3e-3 off its limit, and another controller of
    // the steps (it overshoots the end and interpolates) as much.
    const tolerance = { rtol: Math.max(1e-6, config.rtol), atol: Math.max(1e-6, config.atol) };
    const { logDensity, latent } = await flowLikelihood(oracle.denoise, x, {
      sampler: rk45(tolerance),
      sigmas,
      probes: () => [tf.tensor(expected.rademacher.data, expected.rademacher.shape)],
    });
    latent.dispose();
    close(logDensity, expected.log_likelihood, tight ? float32 : 5e-3, 'log likelihood');
  } finally {
    x.dispose();
  }
}
