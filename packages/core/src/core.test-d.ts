import type { Rank, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { expectTypeOf } from 'vitest';
import type { Sampler } from './contracts/sampler.ts';
import { thresholdEstimate } from './denoisers/dynamic-threshold.ts';
import { imageToImage } from './editing/image-to-image.ts';
import { lerp } from './editing/lerp.ts';
import { slerp } from './editing/slerp.ts';
import { key, split } from './random/key.ts';
import { normalTensor, normalPerSample, uniformTensor } from './random/tensors.ts';
import { heun } from './samplers/heun.ts';
import { predictorCorrector } from './samplers/predictor-corrector.ts';
import type { SampleOptions } from './sampling/sample-path.ts';
import { sample } from './sampling/sample.ts';
import { flowSchedule } from './schedules/flow-schedule.ts';
import type { NoiseSchedule, Slopes } from './schedules/noise-schedule.ts';

declare const images: Tensor4D;
declare const options: SampleOptions;
declare const stateful: Sampler<{ history: Tensor[] }>;

// A result has the rank that is asked for, and any rank by default.
expectTypeOf(sample(heun(), (x) => x, options)).resolves.toEqualTypeOf<Tensor>();
expectTypeOf(sample<Rank.R4>(heun(), (x) => x, options)).resolves.toEqualTypeOf<Tensor4D>();
expectTypeOf(normalTensor<Rank.R2>(key(0), [2, 3])).toEqualTypeOf<Tensor2D>();
expectTypeOf(uniformTensor<Rank.R2>(key(0), [2, 3])).toEqualTypeOf<Tensor2D>();
expectTypeOf(normalPerSample<Rank.R4>(key(0), [1, 2, 2, 3])).toEqualTypeOf<Tensor4D>();

// Interpolation keeps the rank; both ends have one.
expectTypeOf(lerp(images, images, 0.5)).toEqualTypeOf<Tensor4D>();
expectTypeOf(slerp(images, images, 0.5)).toEqualTypeOf<Tensor4D>();

// An estimate and the start of a run from an image keep the rank of the image.
expectTypeOf(thresholdEstimate(images)).toEqualTypeOf<Tensor4D>();
expectTypeOf(imageToImage(images, [1, 0], key(0)).initial).toEqualTypeOf<Tensor4D>();

// A wrapped sampler keeps the state of the one inside.
expectTypeOf(predictorCorrector(stateful)).toEqualTypeOf<Sampler<{ history: Tensor[] }>>();

// A known number of keys is a tuple.
const [a, b, c] = split(key(0), 3);
expectTypeOf([a, b, c] as const).toExtend<readonly (readonly [number, number])[]>();
// @ts-expect-error: two keys have no third.
const [, , none] = split(key(0));
expectTypeOf(none).toEqualTypeOf<undefined>();

// Slopes are sure of a continuous process only.
expectTypeOf(flowSchedule().slopes).toEqualTypeOf<Slopes>();
expectTypeOf<NoiseSchedule['slopes']>().toEqualTypeOf<Slopes | undefined>();
