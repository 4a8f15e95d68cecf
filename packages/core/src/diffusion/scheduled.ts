import { checkOptions, rules } from '@diptych/formats/errors';
import { predictEpsilon, predictX0, type Prediction } from './prediction.ts';
import { convertPrediction } from './convert-prediction.ts';
import type { Diffusion } from '../contracts/diffusion.ts';
import { checkSchedule, type NoiseSchedule } from '../schedules/noise-schedule.ts';
import { uniformTime } from '../schedules/uniform-time.ts';
import type { Quantile } from '../training/quantiles/quantile.ts';

export interface ScheduledDiffusionOptions {
  /** What the network predicts. Default the noise. */
  prediction?: Prediction;
  /** The noise label that the network is given at a time and its noise level. Default the time itself. */
  label?: (time: number, sigma: number) => number;
  /** Quantile function of the training density of sigma. Default that of `uniformTime`: every time of the schedule, every step of a chain alike. */
  sigmaQuantile?: Quantile;
  /** Weight of |D - x0|^2. Default 1/c_out^2: weight 1 on what the network predicts. */
  weight?: (sigma: number) => number;
  /** Standard deviation of the data. Default 0.5. */
  sigmaData?: number;
}

/**
 * The process of a network that sees x_t = alpha (x0 + sigma n) of a schedule and predicts epsilon, x0, v, a velocity, …: its
 * preconditioning is c_in = alpha, c_noise = label(time(sigma)), and c_skip, c_out from the prediction.
 *
 * @throws DiptychError if, when used, the prediction does not determine x0
 * @see Karras et al. 2022, table 1 (VP, VE, iDDPM) and appendix C.3, arXiv:2206.00364
 * @example
 * const ddpm = scheduledDiffusion(discreteSchedule(linearBetas())); // predicts the noise, told the timestep, of 1000 alike
 * const diffusion = scheduledDiffusion(discreteSchedule(cosineBetas()), { prediction: predictV });
 */
export function scheduledDiffusion(schedule: NoiseSchedule, options: ScheduledDiffusionOptions = {}): Diffusion {
  const {
    prediction = predictEpsilon,
    label = (time) => time,
    sigmaQuantile = (u) => schedule.sigma(uniformTime(schedule, u)),
    weight,
    sigmaData = 0.5,
  } = checkOptions<ScheduledDiffusionOptions>('scheduledDiffusion', options, {
    prediction: rules.callback,
    label: rules.callback,
    sigmaQuantile: rules.callback,
    weight: rules.callback,
    sigmaData: rules.positive,
  });
  checkSchedule('scheduledDiffusion', schedule);
  const precondition = (sigma: number) => {
    const time = schedule.time(sigma);
    const cIn = schedule.alpha(time);
    const { state, output } = convertPrediction(prediction, predictX0, cIn, cIn * sigma);
    return { cSkip: state * cIn, cOut: output, cIn, cNoise: label(time, sigma) };
  };
  return {
    name: schedule.name,
    sigmaData,
    precondition,
    sigmaQuantile,
    weight: weight ?? ((sigma) => precondition(sigma).cOut ** -2),
  };
}
