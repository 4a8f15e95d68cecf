import * as tf from '@tensorflow/tfjs-core';
import type { Fields, FixtureCase, FixtureFile } from '../../fixtures/index.ts';
import { type MixtureOracle, mixtureOracle } from '../mixture-oracle.ts';
import { close, only } from './close.ts';

/** [n, d] numbers as n rows. */
export function rowsOf({ shape, data }: { shape: number[]; data: number[] }): number[][] {
  const width = shape.at(-1)!;
  return Array.from({ length: data.length / width }, (_, i) => data.slice(i * width, (i + 1) * width));
}

/** The analytic problem of a file. */
export function oracleOf(file: FixtureFile): MixtureOracle {
  const problem = file.shared.problem as Fields;
  return mixtureOracle({ means: rowsOf(problem.means), stds: problem.stds.data, weights: problem.weights.data });
}

export function mixture({ config, x, ...expected }: FixtureCase, file: FixtureFile): void {
  only(config, 'alpha', 'sigma');
  const { alpha, sigma } = config;
  const oracle = oracleOf(file);
  const rows = rowsOf(x);
  const each = (name: string, got: number[]) => expected[name] && close(got, expected[name], 1e-9, name);
  each(
    'log_density',
    rows.map((row) => oracle.logDensity(row, sigma, alpha)),
  );
  each(
    'score',
    rows.flatMap((row) => oracle.score(row, sigma, alpha)),
  );
  each(
    'score_divergence',
    rows.map((row) => oracle.scoreDivergence(row, sigma, alpha)),
  );
  close(
    rows.flatMap((row) => oracle.denoised(row, sigma, alpha)),
    expected.denoised,
    1e-9,
    'denoised',
  );
  if (alpha !== 1) return;
  // The tensor version, in float32.
  const got = tf.tidy(() => oracle.denoise(tf.tensor(rows), sigma).dataSync());
  close(Array.from(got), expected.denoised, 2e-5, 'denoised by tensors');
}
