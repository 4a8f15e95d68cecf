import type { FixtureCase, NumberArray } from '@diptych/test-utils/fixtures';
import { onEachBackend } from '@diptych/test-utils/ops';
import { expectClose, parityCases } from '@diptych/test-utils/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { halfLifeDecay, powerWarmupDecay, rationalWarmupDecay, type EmaDecay } from './decays.ts';
import { ema } from './ema.ts';
import { posthocCoefficients } from './posthoc-coefficients.ts';
import { posthocEma } from './posthoc-ema.ts';
import { exponentOfStd, powerDecay, powerResponse, stdOfExponent } from './power-ema.ts';

/** Both packages' warm-up options in ours. */
const rational = ({ decay, minDecay, updateAfterStep }: FixtureCase['config']) => ({
  decay,
  minimum: minDecay,
  after: updateAfterStep,
});
const warmup = ({ invGamma, power, updateEvery, ...config }: FixtureCase['config']) => ({
  ...rational(config),
  inverseGamma: invGamma,
  power,
  every: updateEvery,
});

const kinds: Record<string, (config: FixtureCase['config']) => EmaDecay[]> = {
  constant: ({ decay }) => [decay],
  diffusers: (config) => [config.warmup ? powerWarmupDecay(warmup(config)) : rationalWarmupDecay(rational(config))],
  'ema-pytorch': (config) => [powerWarmupDecay(warmup(config))],
  'edm-halflife': ({ batch, halflifeKimg, rampupRatio }) => [
    halfLifeDecay({
      halfLife: halflifeKimg * 1000,
      batchSize: batch,
      rampUp: rampupRatio ?? undefined,
      countStep: false,
    }),
  ],
  'edm2-halflife': ({ batch, halflifeMimg, rampupRatio }) => [
    halfLifeDecay({ halfLife: halflifeMimg * 1e6, batchSize: batch, rampUp: rampupRatio ?? undefined }),
  ],
  'edm2-power': ({ stds }) => (stds as number[]).map(powerDecay),
};

/** The averages after every step, a row for each, beginning with the start. */
async function averagesOf(decay: EmaDecay, { shape: [rows, n], data }: NumberArray): Promise<number[]> {
  const row = (i: number) => tf.tensor1d(data.slice(i * n, (i + 1) * n));
  const weights = tf.tidy(() => tf.variable(row(0)));
  const average = ema(decay).init({ weights });
  const found = [...(await average.tensors().weights.data())];
  for (let step = 0; step < rows - 1; step++) {
    tf.tidy(() => weights.assign(row(step + 1)));
    average.update(step);
    found.push(...(await average.tensors().weights.data()));
  }
  average.dispose();
  weights.dispose();
  return found;
}

onEachBackend('EMA parity with diffusers, ema-pytorch, EDM and EDM2', () => {
  const cases = parityCases('ema');

  it('parity: knows every kind of average', () => {
    for (const { config } of cases) expect(Object.keys(kinds)).toContain(config.kind);
  });

  for (const { name, config, inputs, expected } of cases) {
    it(`parity: ${name}`, async () => {
      const decays = kinds[config.kind](config);
      const several = Array.isArray(expected.decay[0]);
      const found: number[] = [];
      for (const [k, decay] of decays.entries()) {
        const wanted = (several ? expected.decay[k] : expected.decay) as number[];
        const now = wanted.map((_, step) => (typeof decay === 'number' ? decay : decay(step)));
        // The golden list says what a moving update would use, also where none is made.
        const moving = now.map((value, step) => (step % (config.updateEvery ?? 1) === 0 ? value : wanted[step]));
        expectClose(moving, wanted, { rtol: 1e-10, atol: 1e-15 });
        found.push(...(await averagesOf(decay, inputs.weights)));
      }
      expectClose(found, expected.average.data, { rtol: 1e-6, atol: 1e-6 });
    });
  }
});

const posthoc: Record<string, (of: FixtureCase) => Promise<void>> = {
  async map({ inputs, expected }) {
    expectClose(inputs.stds.map(exponentOfStd), expected.expOfStd, { rtol: 1e-10 });
    expectClose(inputs.exps.map(stdOfExponent), expected.stdOfExp, { rtol: 1e-11 });
  },
  async response({ config, expected }) {
    const { std, at, length } = config;
    expectClose(powerResponse({ std, at, length }), expected.response.data, { rtol: 1e-10, atol: 1e-16 });
  },
  async solve({ inputs, expected }) {
    const pairs = (times: number[], stds: number[]) => times.map((time, i) => ({ time, std: stds[i] }));
    const solved = posthocCoefficients(pairs(inputs.inT, inputs.inStd), pairs(inputs.outT, inputs.outStd));
    // 12 digits are given; conditioning leaves 1e-12 of the largest coefficient.
    expectClose(solved.flat(), expected.coefficients.data, {
      rtol: 5e-12,
      atol: 1e-12 * Math.max(1, ...solved.flat().map(Math.abs)),
    });
  },
  async reconstruct({ config, inputs, expected }) {
    const { inStd, outStd, batch, every } = config as {
      inStd: number[];
      outStd: number[];
      batch: number;
      every: number;
    };
    const { shape, data } = inputs.weights as NumberArray;
    const n = shape[1];
    const tracked = await Promise.all(inStd.map((std) => averagesOf(powerDecay(std), inputs.weights)));
    const steps = Array.from({ length: (shape[0] - 1) / every }, (_, i) => (i + 1) * every);
    const rows = steps.flatMap((step) =>
      inStd.map((std, k) => ({ std, step, row: tracked[k].slice(step * n, (step + 1) * n) })),
    );
    expectClose(
      rows.map(({ step }) => step * batch),
      expected.snapshotTime,
      { rtol: 0 },
    );
    expectClose(
      rows.map(({ std }) => std),
      expected.snapshotStd,
      { rtol: 0 },
    );
    expectClose(
      rows.flatMap(({ row }) => row),
      expected.snapshots.data,
      { rtol: 1e-5, atol: 1e-6 },
    );
    const snapshots = rows.map(({ std, step, row }) => ({ time: step, std, tensors: { w: tf.tensor1d(row) } }));
    const scale = Math.max(...data.map(Math.abs));
    const wanted = Object.entries(expected).filter(([name]) => /reconstruct/i.test(name));
    if (wanted.length === 0) throw new Error(`no reconstruction among ${Object.keys(expected)}`);
    const time = steps.at(-1) as number;
    for (const [k, std] of outStd.entries()) {
      const made = posthocEma(snapshots, { time, std });
      const [, { data: all }] = wanted[0] as [string, NumberArray];
      // Coefficients of either sign up to a few tens amplify the rounding of the float32 snapshots.
      expectClose(await made.w.data(), all.slice(k * n, (k + 1) * n), { rtol: 0, atol: 3e-5 * scale });
      tf.dispose(made);
    }
    tf.dispose(snapshots.map(({ tensors }) => tensors));
  },
};

describe('post-hoc EMA parity with EDM2', () => {
  const cases = parityCases('posthoc-ema');

  it('parity: knows every kind of reconstruction', () => {
    for (const { config } of cases) expect(Object.keys(posthoc)).toContain(config.kind);
  });

  for (const of of cases) it(`parity: ${of.name}`, () => posthoc[of.config.kind](of));
});
