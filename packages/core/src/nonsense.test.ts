import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { callWithNonsense, type SoundCall } from '@diptych/test-utils/nonsense';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import * as contracts from './contracts/index.ts';
import * as denoisers from './denoisers/index.ts';
import * as diffusion from './diffusion/index.ts';
import * as editing from './editing/index.ts';
import * as grids from './grids/index.ts';
import * as guidance from './guidance/index.ts';
import * as likelihood from './likelihood/index.ts';
import * as networks from './networks/index.ts';
import * as numeric from './numeric/index.ts';
import * as ramps from './ramps/index.ts';
import * as random from './random/index.ts';
import * as samplers from './samplers/index.ts';
import * as sampling from './sampling/index.ts';
import * as schedules from './schedules/index.ts';
import * as training from './training/index.ts';

/** What is exchanged whole, not field by field. */
const whole = <T extends object>(of: T): T => Object.assign(Object.create({}) as object, of) as T;

const { edm, predictEpsilon, predictV } = diffusion;
const { key } = random;
const { cfg } = guidance;
const { euler, rk45 } = samplers;
const image = () => tf.ones([1, 2, 2, 1]);
const half = (x: tf.Tensor) => tf.mul(x, 0.5);
const network = () =>
  whole({
    forward: ({ x }: { x: tf.Tensor }) => ({ output: x, features: { mid: tf.clone(x) } }),
    variables: () => ({}),
    trainableVariables: () => ({}),
    tapNames: () => ['mid'],
  });
const process = () => whole(edm());
const sampler = () => whole(euler());
const smooth = () => whole(schedules.vpSchedule());
const chain = () => whole(schedules.discreteSchedule([0.1, 0.2, 0.3]));
const matrix = (rows: number, columns: number, data: Float64Array) => ({ rows, columns, data });
const eye = () => Float64Array.of(1, 0, 0, 1);
const variables = () => ({ a: tf.variable(tf.ones([2])) });
const stochastic = { eta: 0.5, noiseScale: 1 };
const churn = { churn: 1, churnMin: 0.1, churnMax: 1, churnNoise: 1 };
const multistep = { ...stochastic, order: 2, correction: 'heun', lowerOrderFinal: 1 };
const range = { sigmaMin: 0.1, sigmaMax: 1 };
const betaRange = { start: 0.1, end: 0.2 };
const sampled = { shape: [1, 2], key: key(0), first: 0, signal: new AbortController().signal, onProgress: () => {} };
const conditions = () => ({ label: [0], augmentation: tf.zeros([1, 9]), weights: {} });

type Args = () => unknown[];

const calls: Record<
  string,
  Record<string, Args | (Omit<SoundCall, 'name' | 'run'> & { run?: (...args: never[]) => unknown })>
> = {
  denoisers: {
    clipDenoised: () => [half, 1],
    dynamicThreshold: () => [half, { quantile: 0.9, max: 2 }],
    thresholdEstimate: () => [image(), { quantile: 0.9, max: 2 }],
    previousEstimateDenoiser: () => [half],
    previousEstimateInput: () => [key(0), image(), half, { probability: 1 }],
    zeroVelocity: () => [image(), 1],
  },
  diffusion: {
    consistencyBoundary: () => [1, { sigmaData: 0.5, sigmaMin: 0.002 }],
    latentBoundary: () => [1, { sigmaData: 0.5, timestepScaling: 10 }],
    convertPrediction: () => [predictV, predictEpsilon, 0.5, 0.5],
    denoiser: () => [network(), process(), conditions()],
    edm: () => [{ sigmaData: 0.5, pMean: -1.2, pStd: 1.2 }],
    iddpm: () => [{ c1: 0.001, c2: 0.008, levels: 9 }],
    preconditioned: () => [
      network(),
      process(),
      image(),
      [1],
      { ...conditions(), training: false, key: key(0), taps: ['mid'] },
    ],
    predictEpsilon: () => [0.5, 0.5],
    predictF: () => [0.5],
    predictScore: () => [0.5, 0.5],
    predictV: () => [0.5, 0.5],
    predictVelocity: () => [0.5, 0.5],
    predictX0: () => [0.5, 0.5],
    scheduledDiffusion: () => [
      smooth(),
      { prediction: predictV, label: (t: number) => t, sigmaQuantile: (u: number) => u, weight: () => 1, sigmaData: 1 },
    ],
    ve: () => [range],
    vp: () => [{ betaD: 19.9, betaMin: 0.1, timesteps: 100, epsilon: 1e-5 }],
  },
  editing: {
    encode: () => [
      sampler(),
      half,
      image(),
      { sigmas: [0.1, 1], signal: sampled.signal, onProgress: sampled.onProgress },
    ],
    imageToImage: () => [image(), [2, 1, 0], key(0), { strength: 0.5, first: 0 }],
    inpaint: () => {
      const { shape: _, ...options } = sampled;
      return [
        sampler(),
        half,
        {
          ...options,
          sigmas: [2, 1, 0],
          image: image(),
          mask: image(),
          initial: image(),
          noise: ({ shape }: { shape: number[] }) => tf.zeros(shape),
          resample: 1,
          jump: 1,
        },
      ];
    },
    lerp: () => [image(), image(), 0.5],
    slerp: () => [image(), image(), 0.5],
  },
  grids: {
    betaSigmas: () => [3, { ...range, alpha: 0.6, beta: 0.6 }],
    exponentialSigmas: () => [3, range],
    flowSigmas: () => [3, { from: 1, to: 0.1, shift: (t: number) => t, terminal: 0.1 }],
    flowTimes: () => [3, { from: 1, to: 0.1, shift: (t: number) => t, terminal: 0.1 }],
    iddpmLevels: () => [{ c1: 0.001, c2: 0.008, levels: 9 }],
    iddpmSigmas: () => [3, { ...range, sigmaMax: 80, c1: 0.001, c2: 0.008, levels: 100 }],
    interpolatedSigmas: () => [3, [2, 1]],
    karrasSigmas: () => [3, { ...range, rho: 7 }],
    polyexponentialSigmas: () => [3, { ...range, rho: 1 }],
    scheduledSigmas: () => [3, smooth(), { from: 1, to: 0.1 }],
    shiftForTokens: () => [300, { baseTokens: 256, baseShift: 0.5, maxTokens: 4096, maxShift: 1.15 }],
    timeShift: () => [0.5, 3, { power: 1 }],
  },
  guidance: {
    apg: () => [{ scale: 4, momentum: -0.5, eta: 0.1, normThreshold: 1 }],
    apgUpdate: () => [image(), image(), { eta: 0.1, normThreshold: 1 }],
    classifierGuided: () => [half, (x: tf.Tensor) => tf.sum(x, 1), 1],
    cfg: () => [2],
    cfgRescale: () => [2, 0.7],
    cfgZeroStar: () => [2],
    magnitudeAwareCfg: () => [2, 8],
    tangentialCfg: () => [2],
    guided: () => [half, (x: tf.Tensor) => tf.mul(x, 0.1), cfg(2)],
    guidedWithin: () => [half, half, whole({ sigmaMin: 0.1, sigmaMax: 1 })],
    intervalOfSteps: () => [[3, 2, 1, 0], 0, 1],
    labelGuided: () => [network(), process(), { ...conditions(), rule: cfg(2) }],
  },
  likelihood: {
    bitsPerDimension: () => [-3, 2, { binWidth: 2 / 255 }],
    discretizedGaussian: () => [0.5, 0.4, 0, { cdf: numeric.normalCdf }],
    exactTrace: () => [[1, 2]],
    gaussianLogDensity: () => [0.5, 0.4, 0],
    gaussianTrace: () => [key(0), { count: 1, first: 0 }],
    largeLogVariance: () => [chain(), 1],
    likelihood: () => [
      half,
      tf.ones([1, 2]),
      {
        sigmas: [0.1, 0.2],
        sampler: whole(rk45()),
        probes: likelihood.exactTrace,
        logPrior: (x: tf.Tensor) => tf.sum(x, 1),
        signal: sampled.signal,
        onProgress: sampled.onProgress,
      },
    ],
    normalKl: () => [0, 0, 1, 1],
    priorBits: () => [chain(), [0.5]],
    rademacherTrace: () => [key(0), { count: 1, first: 0 }],
    rangeLogVariance: () => [0.5],
    smallLogVariance: () => [chain(), 1],
    tanhNormalCdf: () => [0.5],
    vlbTerm: () => [
      chain(),
      1,
      { x0: [0.5], xt: [0.5], predicted: [0.4], logVariance: -1 },
      { cdf: numeric.normalCdf },
    ],
  },
  networks: {
    lerpVariables: () => [whole(variables()), whole(variables()), 0.5],
    prefixed: () => ['a', whole({})],
    readFeatures: () => [
      network(),
      process(),
      image(),
      1,
      ['mid'],
      { ...conditions(), pool: (x: tf.Tensor) => tf.reshape(x, [1, 4]) },
    ],
    readout: () => [network(), 'mid', image()],
  },
  numeric: {
    betaQuantile: () => [0.3, 2, 3],
    lagrangeIntegrals: () => [[0, 1], 0, 1, { rate: 1 }],
    largestEntry: () => [[1, -3]],
    multiplyTransposed: {
      args: () => [2, 2, eye()],
      run: (...of: [number, number, Float64Array]) => numeric.multiplyTransposed(matrix(...of), matrix(2, 2, eye())),
    },
    normalCdf: { args: () => [0.5], takes: { '0: NaN': 'NaN, as arithmetic gives' } },
    normalQuantile: { args: () => [0.5], takes: { '0: NaN': 'NaN, as arithmetic gives' } },
    pivotedCholesky: () => [eye(), 2],
    powerOfTwoNear: () => [3],
    quantile: () => [[1, 2], 0.5],
    singularValues: {
      args: () => [2, 2, eye()],
      run: (...of: [number, number, Float64Array]) => numeric.singularValues(matrix(...of)),
    },
    solvePositiveDefinite: () => [eye(), Float64Array.of(1, 2), 2],
    solveRidge: () => [eye(), Float64Array.of(1, 2), 2, 1],
    solve: () => [[[1]], [[1]]],
    transposed: {
      args: () => [2, 2, eye()],
      run: (...of: [number, number, Float64Array]) => numeric.transposed(matrix(...of)),
    },
  },
  ramps: {
    constant: () => [1],
    cosineRamp: () => [{ from: 0, to: 1, steps: 2 }],
    linearRamp: () => [{ from: 0, to: 1, steps: 2 }],
    schedulePieces: {
      args: () => [2, () => 1, () => 1],
      run: (steps: number, schedule: () => number, last: () => number) =>
        ramps.schedulePieces([{ steps, schedule }], last),
    },
    warmup: () => [{ steps: 2, fromZero: true }],
  },
  random: {
    normalArray: () => [key(0), 2],
    uniformArray: () => [key(0), 2],
    foldIn: () => [key(0), 1],
    key: () => [42],
    split: () => [key(0), 2],
    integers: () => [key(0), 2, 10],
    permutation: () => [key(0), 2],
    normalTensor: () => [key(0), [2]],
    normalPerSample: () => [key(0), [2], { first: 1 }],
    uniformTensor: () => [key(0), [2]],
  },
  samplers: {
    consistency: () => [{ sigmaMin: 0.002, noiseScale: 1 }],
    ddim: () => [{ ...stochastic, limit: half }],
    ddpm: () => [{ deviation: samplers.fixedSmall }],
    fixedLarge: () => [2, 1],
    fixedSmall: () => [2, 1],
    learnedRange: () => [half],
    deis: () => [{ order: 2, lowerOrderFinal: 1 }],
    dpmAdaptive: () => [{ ...stochastic, order: 2, rtol: 0.1, atol: 0.1, firstStep: 0.1, pid: [0, 1, 0], safety: 0.8 }],
    dpmFast: () => [{ ...stochastic, evaluations: 6 }],
    dpmFastSigmas: () => [6, range],
    dpmSolverPP2S: () => [stochastic],
    dpmSolverPPSde: () => [{ ...stochastic, r: 0.5 }],
    dpmSolverPP: () => [multistep],
    dpmSolverSinglestep: () => [{ ...stochastic, order: 2, extrapolates: 'noise', correction: 'heun', orders: [1, 2] }],
    singlestepOrders: () => [3, 2],
    dpmSolver: () => [multistep],
    dpm2: () => [churn],
    dpm2Ancestral: () => [stochastic],
    generalizedHeun: () => [{ ...churn, schedule: smooth(), order: 2, alpha: 0.5 }],
    eulerAncestral: () => [stochastic],
    eulerMaruyama: () => [{ ...stochastic, schedule: smooth() }],
    euler: () => [churn],
    heun: () => [churn],
    lms: () => [{ order: 4 }],
    pndm: () => [{ start: 'prk', middle: (sigma: number) => sigma }],
    expectedNorms: () => [0.16],
    measuredNorms: () => [0.16],
    predictorCorrector: () => [sampler(), { steps: 1, stepSize: samplers.expectedNorms() }],
    rk45: () => [{ rtol: 1e-3, atol: 1e-3, schedule: smooth(), firstStep: 0.1 }],
    saSolver: {
      args: () => [{ predictorOrder: 2, correctorOrder: 2, eta: 1, extrapolates: 'data', lowerOrderFinal: 2 }],
      takes: { '0.eta: a function': 'eta may depend on sigma' },
    },
    ancestralStep: () => [2, 1, 0.5],
    linearCombination: () => [[0.5, image()]],
    tcd: () => [chain(), { gamma: 0.3 }],
    uniPc: () => [{ order: 2, variant: 'bh1', extrapolates: 'data', correct: () => true, lowerOrderFinal: 1 }],
  },
  sampling: {
    brownianNoise: () => [key(0), { ...range, first: 0, depth: 4 }],
    independentNoise: () => [key(0), { first: 0 }],
    samplePath: () => [sampler(), half, samplePathOptions()],
    sample: () => [sampler(), half, samplePathOptions()],
  },
  schedules: {
    alphaBarBetas: () => [3, (t: number) => 1 - t / 2, { maxBeta: 0.9 }],
    constantBetas: () => [3, 0.1],
    cosineBetas: () => [3, { maxBeta: 0.9 }],
    jsdBetas: () => [3],
    laplaceAlphaBar: () => [0.5],
    laplaceBetas: () => [3, { maxBeta: 0.9 }],
    linearBetas: () => [3, betaRange],
    scaledLinearBetas: () => [3, betaRange],
    sigmoidBetas: () => [3, betaRange],
    warmupBetas: () => [3, { ...betaRange, share: 0.5 }],
    cosineSchedule: {
      args: () => [{ shift: [2, 1], sigmaMin: 0.1, sigmaMax: 10 }],
      takes: { '0.shift: 0.5': 'one shift for both ends' },
    },
    discreteSchedule: () => [[0.1, 0.2], { name: 'chain', interpolation: 'linear' }],
    edmSchedule: () => [range],
    nearestTimestep: () => [chain(), 0.5],
    unscaled: () => [smooth()],
    logVarianceRange: () => [-2, -1],
    posterior: () => [chain(), 1],
    squareRootSchedule: () => [range],
    subVpSchedule: () => [{ betaD: 19.9, betaMin: 0.1 }],
    betaTimesteps: () => [3, 10, { alpha: 0.6, beta: 0.6 }],
    distilledTimesteps: () => [3, 100, { originalSteps: 10, strength: 1 }],
    leadingTimesteps: () => [3, 10, { offset: 1, includeZero: true }],
    linspaceTimesteps: () => [3, 10, { includeZero: true, round: true }],
    respacedBetas: () => [[0.1, 0.2], [1]],
    spaceTimesteps: () => [[2, 2], 10],
    trailingTimesteps: () => [3, 10],
    uniformTime: () => [smooth(), 0.5],
    veSchedule: () => [range],
    vpSchedule: () => [{ betaD: 19.9, betaMin: 0.1 }],
    zeroTerminalSnr: () => [[0.1, 0.2]],
  },
  training: {
    cosMapDensity: () => [0.5],
    logitNormalDensity: () => [0.5, { mean: 0, std: 1 }],
    logitNormalTime: () => [{ mean: 0, std: 1 }],
    modeTime: () => [{ scale: 1 }],
    logLogistic: () => [{ mean: 0, scale: 1, sigmaMin: 0.1, sigmaMax: 10 }],
    logNormal: () => [{ mean: 0, std: 1 }],
    lossImportance: () => [{ cells: 2, history: 1, uniformShare: 0.1, state: whole({ losses: [[1], [2]] }) }],
    sigmasOfTimes: () => [(u: number) => u, smooth()],
    splitLogNormal: () => [{ mean: 0, stdBelow: 1, stdAbove: 1 }],
    stratified: () => [[0.5], { group: 0, groups: 2 }],
    minSnr: () => [5],
    p2: () => [{ k: 1, gamma: 1 }],
    cosMap: () => [process()],
    karrasWeight: () => [process()],
    predictionWeight: () => [process(), () => 1],
    sigmaSqrt: () => [process()],
    softMinSnr: () => [5],
  },
};

function samplePathOptions() {
  return {
    ...sampled,
    sigmas: [1, 0],
    initial: tf.ones([1, 2]),
    noise: ({ shape }: { shape: number[] }) => tf.zeros(shape),
  };
}

/** Functions that take nothing, and the check of keys itself. */
const leftOut = new Set(['cosMapTime', 'flowSchedule', 'nextTask', 'checkKey']);

const rooms: Record<string, object> = {
  contracts,
  denoisers,
  diffusion,
  editing,
  grids,
  guidance,
  likelihood,
  networks,
  numeric,
  ramps,
  random,
  samplers,
  sampling,
  schedules,
  training,
};

describe.each(Object.entries(rooms))('nonsense in place of arguments: %s', (room, exported) => {
  const functions = Object.entries(exported).filter(([name, of]) => typeof of === 'function' && !leftOut.has(name));

  it('every function is called', () => {
    expect(Object.keys(calls[room] ?? {}).sort()).toEqual(functions.map(([name]) => name).sort());
  });

  it.each(functions)('%s refuses it with an error of ours and leaves no tensor', async (name, run) => {
    const call = calls[room][name];
    const { faults } = await callWithNonsense([
      { name, run: run as never, ...(typeof call === 'function' ? { args: call } : call) },
    ]);
    expect(faults).toEqual([]);
  });
});
