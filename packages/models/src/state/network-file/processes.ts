import {
  cosineBetas,
  discreteSchedule,
  edm,
  flowSchedule,
  iddpm,
  linearBetas,
  predictEpsilon,
  predictV,
  predictVelocity,
  predictX0,
  scaledLinearBetas,
  scheduledDiffusion,
  ve,
  vp,
  type EdmOptions,
  type Prediction,
  type Diffusion,
  type VpOptions,
} from '@diptych/core';
import type { IddpmLevelsOptions } from '@diptych/core/grids';
import type { VeScheduleOptions } from '@diptych/core/schedules';
import { logitNormalTime, sigmasOfTimes } from '@diptych/core/training';
import { check, checkOptions, DiptychError, rules } from '@diptych/formats/errors';

/** What JSON can say. */
export type PlainOptions = Readonly<Record<string, unknown>>;

/** A process as plain data: the name of what makes it, and its options. `['edm', { sigmaData: 0.75 }]`. */
export type ProcessRecipe = readonly [name: string, options?: PlainOptions];

/** What makes a process of a recipe's options. */
export type ProcessMaker = (options: never) => Diffusion;

/** A chain of discrete steps, as DDPM and what came of it. */
export interface DdpmRecipe {
  /** Default linear (DDPM, DiT); scaledLinear is Stable Diffusion's and latent U-ViT's. */
  betas?: 'linear' | 'scaledLinear' | 'cosine';
  /** Default 1000. */
  steps?: number;
  /** What the network predicts. Default epsilon. */
  prediction?: 'epsilon' | 'x0' | 'v';
  /** The label of the first step. Default 0; U-ViT counts from 1. */
  firstLabel?: number;
  /** Default 0.5. */
  sigmaData?: number;
}

/** A straight path between data and noise, along which the network predicts the velocity. */
export interface FlowRecipe {
  /** Where the network's time runs: it is 1 at pure noise (SiT), or at the data (LightningDiT). Default noise. */
  towards?: 'noise' | 'data';
  /** The label of a whole path. Default 1. */
  labelScale?: number;
  /** Times of the training: uniform, or the logit of a normal number. Default uniform. */
  times?: 'uniform' | 'logitNormal';
  /** Default 0.5. */
  sigmaData?: number;
}

/** Levels of a chain, of which each becomes a number: a file may ask for so many. */
const levelsRule = rules.integerIn(1, 100000);

const chains = { linear: linearBetas, scaledLinear: scaledLinearBetas, cosine: cosineBetas };
const predictions: Record<string, Prediction> = { epsilon: predictEpsilon, x0: predictX0, v: predictV };

function ddpm(options: DdpmRecipe = {}): Diffusion {
  const {
    betas = 'linear',
    steps = 1000,
    prediction = 'epsilon',
    firstLabel = 0,
    sigmaData,
  } = checkOptions<DdpmRecipe>('ddpm', options, {
    betas: rules.oneOf(...Object.keys(chains)),
    steps: levelsRule,
    prediction: rules.oneOf(...Object.keys(predictions)),
    firstLabel: rules.finite,
    sigmaData: rules.positive,
  });
  const chain = discreteSchedule(chains[betas](steps));
  return scheduledDiffusion(chain, {
    prediction: predictions[prediction],
    label: (time) => time + firstLabel,
    sigmaQuantile: (u) => chain.sigma(Math.min(steps - 1, Math.floor(u * steps))),
    sigmaData,
  });
}

function flow(options: FlowRecipe = {}): Diffusion {
  const {
    towards = 'noise',
    labelScale = 1,
    times = 'uniform',
    sigmaData,
  } = checkOptions<FlowRecipe>('flow', options, {
    towards: rules.oneOf('noise', 'data'),
    labelScale: rules.finite,
    times: rules.oneOf('uniform', 'logitNormal'),
    sigmaData: rules.positive,
  });
  const schedule = flowSchedule();
  const quantile = times === 'uniform' ? (u: number) => u : logitNormalTime();
  return scheduledDiffusion(schedule, {
    prediction: towards === 'noise' ? predictVelocity : () => [1, -1],
    label: (time) => labelScale * (towards === 'noise' ? time : 1 - time),
    sigmaQuantile: sigmasOfTimes(quantile, schedule),
    sigmaData,
  });
}

/** The processes that a file may name. A row here is all that another one needs. */
const processes: Readonly<Record<string, ProcessMaker>> = {
  edm: (options: EdmOptions) => {
    const known = { sigmaData: rules.positive, pMean: rules.finite, pStd: rules.positive };
    return edm(checkOptions<EdmOptions>('edm', options, known));
  },
  vp: (options: VpOptions) => {
    const levels = { timesteps: rules.count, epsilon: rules.nonNegative };
    return vp(checkOptions<VpOptions>('vp', options, { betaD: rules.finite, betaMin: rules.finite, ...levels }));
  },
  ve: (options: VeScheduleOptions) => {
    return ve(checkOptions<VeScheduleOptions>('ve', options, { sigmaMin: rules.positive, sigmaMax: rules.positive }));
  },
  iddpm: (options: IddpmLevelsOptions) => {
    const known = { c1: rules.finite, c2: rules.finite, levels: levelsRule };
    return iddpm(checkOptions<IddpmLevelsOptions>('iddpm', options, known));
  },
  ddpm,
  flow,
};

/**
 * The process of a recipe, as network files hold it: `edm`, `vp`, `ve` and `iddpm` of `@diptych/core` with their options; `ddpm`, a chain of
 * steps (see `DdpmRecipe`); `flow` (see `FlowRecipe`).
 *
 * @param recipe the name of a process and its options
 * @param own further processes by name
 * @throws DiptychError if the name is unknown, or the process refuses the options
 * @example
 * const diffusion = processOf(['ddpm', { betas: 'scaledLinear', prediction: 'v' }]);
 */
export function processOf(recipe: ProcessRecipe, own: Readonly<Record<string, ProcessMaker>> = {}): Diffusion {
  const [name, options = {}] = recipe;
  const all: Readonly<Record<string, ProcessMaker>> = { ...processes, ...own };
  const rule = `of ${Object.keys(all).join(', ')}; another one is handed in, { processes: { ${String(name)} } }`;
  check(typeof name === 'string' && Object.hasOwn(all, name), 'processOf', 'diffusion', rule, name);
  try {
    return all[name](options as never);
  } catch (cause) {
    if (!DiptychError.isInstance(cause)) throw cause;
    const rule = `options of ${name}: ${(cause as Error).message}`;
    throw new DiptychError(
      { where: 'processOf', parameter: 'diffusion', rule, value: JSON.stringify(options) },
      { cause },
    );
  }
}
