import { type Denoise, samplePath, type Sampler } from '@diptych/core';
import type { NoiseRequest } from '@diptych/core/sampling';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import type { FixtureFile, NumberArray } from '../../fixtures/index.ts';
import { close, type Numbers, numbers } from './close.ts';

/** What a run left behind, in double: the state after each step, and at each call of the denoiser. */
export interface Run {
  /** [steps + 1] states, the first the initial one. */
  xs: number[][];
  /** Noise levels of the states. */
  sigmas: number[];
  calls: { index: number; sigma: number; x: number[] }[];
  requests: NoiseRequest[];
}

export interface RunOptions {
  sigmas: readonly number[];
  initial: NumberArray;
  /** The k-th draw of noise, row-major. */
  noise?: (request: NoiseRequest, draw: number) => readonly number[];
}

/** Runs a sampler from a given state with given noise, and writes down everything that happens. */
export async function run(sampler: Sampler, denoise: Denoise, { sigmas, initial, noise }: RunOptions): Promise<Run> {
  const start = tf.tensor(initial.data, initial.shape as [number, number]);
  const result: Run = { xs: [[...initial.data]], sigmas: [sigmas[0]!], calls: [], requests: [] };
  let index = 0;
  const path = samplePath(
    sampler,
    (x, sigma) => {
      result.calls.push({ index, sigma, x: Array.from(x.dataSync()) });
      return denoise(x, sigma);
    },
    {
      sigmas,
      initial: start,
      noise: (request) => {
        result.requests.push(request);
        expect(noise, `${sampler.name} asks for noise`).toBeDefined();
        return tf.tensor([...noise!(request, result.requests.length - 1)], initial.shape as [number, number]);
      },
    },
  );
  for await (const { x, sigma } of path) {
    index++;
    result.xs.push(Array.from(await x.data()));
    result.sigmas.push(sigma);
  }
  start.dispose();
  return result;
}

/** Row k of the noise bank of a file. */
export function bank(file: FixtureFile): (k: number) => number[] {
  const { data, shape } = file.shared.noise_bank as NumberArray;
  const size = shape.slice(1).reduce((a, b) => a * b, 1);
  return (k) => {
    expect(k, 'draw that the bank has').toBeLessThan(shape[0]);
    return data.slice(k * size, (k + 1) * size);
  };
}

/**
 * [n, ...] expected states: along the path relative to the scale of the state, at the end absolute (from 1 down). `slack` says
 * how much further off each state may be, for problems that float32 cannot solve as well.
 */
export function closePath(
  xs: readonly number[][],
  expected: NumberArray,
  final: Numbers,
  slack: (index: number) => number = () => 0,
): void {
  const size = expected.data.length / expected.shape[0];
  expect(xs.length, 'how many states').toBe(expected.shape[0]);
  xs.forEach((x, i) => {
    const state = expected.data.slice(i * size, (i + 1) * size);
    const scale = Math.max(1, ...state.map(Math.abs));
    const scaled = (of: readonly number[]) => of.map((value) => value / scale);
    close(scaled(x), scaled(state), Math.max(5e-6, slack(i) / scale), `state ${i} / ${scale}`);
  });
  close(xs.at(-1)!, numbers(final), Math.max(5e-6, slack(xs.length - 1)), 'final');
}

/**
 * Five times what rounding the initial state differently would do to each state: how well float32 can solve the problem. The
 * roundings tried are one unit of float32 up, and up and down in turn.
 */
export async function conditioning(
  xs: readonly number[][],
  again: (initial: readonly number[]) => Promise<Run>,
): Promise<(index: number) => number> {
  const nudges = [() => 1, (i: number) => (i % 2 ? 1 : -1), (i: number) => (i % 3 ? 1 : -1)];
  const others: number[][][] = [];
  for (const nudge of nudges) others.push((await again(xs[0]!.map((x, i) => x * (1 + nudge(i) * 2 ** -23)))).xs);
  return (index) =>
    5 * Math.max(...others.flatMap((other) => xs[index]!.map((value, i) => Math.abs(value - other[index]![i]!))));
}
