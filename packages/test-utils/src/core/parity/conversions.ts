import {
  discreteSchedule,
  edm,
  iddpm,
  type Prediction,
  predictEpsilon,
  predictV,
  predictVelocity,
  predictX0,
  type Diffusion,
  scheduledDiffusion,
  ve,
  vp,
  vpSchedule,
} from '@diptych/core';
import {
  consistencyBoundary,
  convertPrediction,
  latentBoundary,
  predictF,
  predictScore,
} from '@diptych/core/diffusion';
import { iddpmLevels } from '@diptych/core/grids';
import { linspaceTimesteps, nearestTimestep } from '@diptych/core/schedules';
import { softMinSnr } from '@diptych/core/training';
import type { Fields, FixtureCase } from '../../fixtures/index.ts';
import { close, type Numbers, numbers, only, unknown } from './close.ts';
import { betasOf } from './tables.ts';

export function conversions({ kind, name, config, ...expected }: FixtureCase): void {
  switch (kind) {
    case 'prediction':
      return predictions(expected);
    case 'wrapper':
      return wrapper(config, expected);
    case 'discrete_map':
      return discreteMap(name, config, expected);
    case 'precond':
      return precond(name, config, expected);
    case 'boundary':
      return boundary(config, expected);
    default:
      return unknown({ kind });
  }
}

function predictions({ alpha, sigma, x0, eps, ...expected }: Fields): void {
  const state = numbers(x0).map((x, i) => alpha * x + sigma * numbers(eps)[i]!);
  close(state, expected.x_t, 1e-9, 'x_t');
  close(
    state.map((x) => x / alpha),
    expected.x_ve,
    1e-9,
    'x_ve',
  );
  close(sigma / alpha, expected.sigma_ve, 1e-9, 'sigma_ve');
  const sigmaData = expected.edm_F.sigma_data;
  const forms: [string, Prediction, Numbers][] = [
    ['x0', predictX0, x0],
    ['eps', predictEpsilon, eps],
    ['v', predictV, expected.v],
    ['flow velocity', predictVelocity, expected.flow_velocity],
    ['score', predictScore, expected.score],
    ['F', predictF(sigmaData), expected.edm_F.F],
  ];
  for (const [fromName, from, y] of forms) {
    for (const [toName, to, expectedTo] of forms) {
      const c = convertPrediction(from, to, alpha, sigma);
      const got = state.map((x, i) => c.state * x + c.output * numbers(y)[i]!);
      // What is divided by a small factor loses as many of the 12 digits of the file.
      const lost = Math.max(1, Math.abs(c.state), Math.abs(c.output));
      close(got, expectedTo, 1e-9 * lost, `${fromName} to ${toName}`);
    }
  }
}

function wrapper(config: Fields, expected: Fields): void {
  only(config, 'sigma_data');
  const sigmas = numbers(expected.sigma);
  const diffusion = config.sigma_data
    ? edm({ sigmaData: config.sigma_data })
    : scheduledDiffusion(vpSchedule(), { prediction: predictV, label: (t) => t });
  checkProcess(diffusion, sigmas, expected);
  if (expected.weight_snr) {
    // Weights on F: times c_out^2 on x0.
    const soft = softMinSnr(1 / config.sigma_data! ** 2);
    close(
      sigmas.map((sigma) => diffusion.precondition(sigma).cSkip),
      expected.weight_snr,
    );
    close(
      sigmas.map((sigma) => soft(sigma) * diffusion.precondition(sigma).cOut ** 2),
      expected.weight_soft_min_snr,
    );
  }
  if (expected.t) {
    close(
      sigmas.map((sigma) => (2 / Math.PI) * Math.atan(sigma)),
      expected.t,
    );
    close(
      numbers(expected.t).map((t) => Math.tan((Math.PI * t) / 2)),
      expected.sigma_of_t,
    );
  }
}

/** c_skip, c_out, c_in, and D of the given rows of x and F. */
function checkProcess(diffusion: Diffusion, sigmas: number[], expected: Fields): void {
  const c = sigmas.map((sigma) => diffusion.precondition(sigma));
  if (expected.c_skip) {
    close(
      c.map((of) => of.cSkip),
      expected.c_skip,
      1e-9,
      'c_skip',
    );
    close(
      c.map((of) => of.cOut),
      expected.c_out,
      1e-9,
      'c_out',
    );
    if (expected.c_in)
      close(
        c.map((of) => of.cIn),
        expected.c_in,
        1e-9,
        'c_in',
      );
  }
  if (!expected.denoised) return;
  const [x, output] = [numbers(expected.x), numbers(expected.output)];
  const width = x.length / sigmas.length;
  const denoised = x.map((value, i) => {
    const { cSkip, cOut } = c[Math.floor(i / width)]!;
    return cSkip * value + cOut * output[i]!;
  });
  close(denoised, expected.denoised, 1e-9, 'denoised');
}

function discreteMap(name: string, config: Fields, expected: Fields): void {
  only(config, 'betas', 'quantize');
  const chain = discreteSchedule(betasOf(config.betas!));
  if (expected.sigma) {
    const times = numbers(expected.sigma).map((sigma) =>
      config.quantize ? nearestTimestep(chain, sigma) : chain.time(sigma),
    );
    close(times, expected.t_of_sigma, 1e-9, 't of sigma');
  }
  // The reference casts t to float32 on the way back.
  if (expected.sigma_of_t)
    close(
      numbers(expected.t).map((t) => chain.sigma(Math.fround(t))),
      expected.sigma_of_t,
      1e-9,
      'sigma of t',
    );
  if (expected.sigma_min)
    close([chain.sigmas[0]!, chain.sigmas.at(-1)!], [expected.sigma_min, expected.sigma_max], 1e-9);
  if (expected.get_sigmas_6) {
    const times = linspaceTimesteps(6, chain.betas.length, { round: false });
    close([...times.map((t) => chain.sigma(Math.fround(t))), 0], expected.get_sigmas_6, 1e-6, 'grid');
  }
  const prediction = name.includes('_v_') ? predictV : predictEpsilon;
  if (expected.denoised)
    checkProcess(scheduledDiffusion(vpSchedule(), { prediction }), numbers(expected.sigma_x), expected);
}

function precond(name: string, config: Fields, expected: Fields): void {
  const sigmas = numbers(expected.sigma);
  if (name.startsWith('iddpm_round')) {
    only(config, 'C_1', 'C_2', 'M');
    const levels = iddpmLevels({ c1: config.C_1, c2: config.C_2, levels: config.M });
    const index = sigmas.map((sigma) => nearest(levels, sigma));
    close(index, expected.index, 0);
    return close(
      index.map((i) => levels[i]!),
      expected.rounded,
    );
  }
  only(config, 'sigma_data');
  const kind = /^precond_(\w+?)Precond/.exec(name)?.[1];
  const processes: Record<string, () => Diffusion> = {
    EDM: () => edm({ sigmaData: config.sigma_data }),
    VP: () => vp(),
    VE: () => ve(),
    iDDPM: () => iddpm(),
  };
  const diffusion = processes[kind ?? '']?.() ?? unknown({ name });
  checkProcess(diffusion, sigmas, expected);
  close(
    sigmas.map((sigma) => diffusion.precondition(sigma).cNoise),
    expected.c_noise,
    1e-9,
    'c_noise',
  );
}

const nearest = (levels: readonly number[], sigma: number) =>
  levels.reduce((best, level, i) => (Math.abs(level - sigma) < Math.abs(levels[best]! - sigma) ? i : best), 0);

function boundary(config: Fields, expected: Fields): void {
  if (config.timestep_scaling !== undefined) {
    only(config, 'sigma_data', 'timestep_scaling');
    const options = { sigmaData: config.sigma_data, timestepScaling: config.timestep_scaling };
    const got = (expected.t as number[]).map((t) => latentBoundary(t, options));
    close(
      got.map((of) => of.cSkip),
      expected.c_skip,
    );
    return close(
      got.map((of) => of.cOut),
      expected.c_out,
    );
  }
  only(config, 'sigma_data', 'sigma_min');
  const options = { sigmaData: config.sigma_data, sigmaMin: config.sigma_min };
  const sigmas = numbers(expected.sigma);
  const got = sigmas.map((sigma) => consistencyBoundary(sigma, options));
  close(
    got.map((of) => of.cSkip),
    expected.c_skip_boundary,
  );
  close(
    got.map((of) => of.cOut),
    expected.c_out_boundary,
  );
  checkProcess(edm({ sigmaData: config.sigma_data }), sigmas, expected);
}
