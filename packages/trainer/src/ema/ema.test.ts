import { onEachBackend } from '@diptych/test-utils/ops';
import { expectClose } from '@diptych/test-utils/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { halfLifeDecay, powerWarmupDecay, rationalWarmupDecay } from './decays.ts';
import { ema } from './ema.ts';
import { posthocCoefficients } from './posthoc-coefficients.ts';
import { posthocEma } from './posthoc-ema.ts';
import { exponentOfStd, powerDecay, powerResponse, stdOfExponent } from './power-ema.ts';

const variables = () => ({
  kernel: tf.variable(tf.tensor2d([[1, 2]])),
  count: tf.variable(tf.scalar(3, 'int32')),
  bias: tf.variable(tf.tensor1d([4])),
});
const values = (of: Record<string, tf.Tensor>) =>
  Object.fromEntries(Object.entries(of).map(([name, t]) => [name, [...t.dataSync()]]));

onEachBackend('ema', () => {
  it('begins as a copy, moves by 1 - decay, copies integers, keeps names, order and shapes', () => {
    const held = variables();
    const average = ema(0.75).init(held);
    expect(values(average.tensors())).toEqual({ kernel: [1, 2], count: [3], bias: [4] });
    held.kernel.assign(tf.tensor2d([[5, 2]]));
    held.count.assign(tf.scalar(9, 'int32'));
    average.update(0);
    expect(values(average.tensors())).toEqual({ kernel: [2, 2], count: [9], bias: [4] });
    expect(Object.keys(average.tensors())).toEqual(['kernel', 'count', 'bias']);
    expect(average.tensors().kernel.shape).toEqual([1, 2]);
    expect(average.tensors().count.dtype).toBe('int32');
  });

  it('keeps a constant exactly, however many updates', () => {
    const w = tf.variable(tf.tensor1d([0.1, 1 / 3]));
    const average = ema(0.9993).init({ w });
    for (let step = 0; step < 100; step++) average.update(step);
    expect(average.tensors().w.dataSync()).toEqual(w.dataSync());
  });

  it('copies at decay 0, rests at 1, and follows a function of the step', () => {
    const w = tf.variable(tf.scalar(1));
    const average = ema((step) => [1, 0, 0.5][step]).init({ w });
    const seen = [2, 3, 5].map((value, step) => {
      w.assign(tf.scalar(value));
      average.update(step);
      return average.tensors().w.dataSync()[0];
    });
    expect(seen).toEqual([1, 3, 4]);
  });

  it('copies exactly, also where the average is far from the weights', () => {
    const w = tf.variable(tf.scalar(1e8));
    const average = ema(0).init({ w });
    w.assign(tf.scalar(0.1));
    average.update(0);
    expect(average.tensors().w.dataSync()).toEqual(w.dataSync());
  });

  it('does not follow the weights by itself, is restored from tensors, and frees all it made', () => {
    const held = variables();
    const saved = { kernel: tf.tensor2d([[7, 8]]), count: tf.scalar(1, 'int32'), bias: tf.tensor1d([9]) };
    const before = tf.memory().numTensors;
    const average = ema(0.5).init(held);
    const live = tf.memory().numTensors;
    for (let step = 0; step < 3; step++) average.update(step);
    expect(tf.memory().numTensors).toBe(live);
    average.restore(saved);
    expect(values(average.tensors())).toEqual({ kernel: [7, 8], count: [1], bias: [9] });
    expect(() => average.restore({ kernel: saved.kernel })).toThrow(/tensors\['count'\] must be present/);
    expect(values(average.tensors())).toEqual({ kernel: [7, 8], count: [1], bias: [9] });
    average.dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect(saved.kernel.isDisposed).toBe(false);
  });

  it('refuses decays outside [0, 1]', () => {
    for (const decay of [-0.1, 1.1, NaN]) {
      expect(() => ema(decay)).toThrow(/ema: decay must be a number in \[0, 1\]/);
      const average = ema(() => decay).init({ w: tf.variable(tf.scalar(1)) });
      expect(() => average.update(0)).toThrow(/decay must be a number in \[0, 1\]/);
    }
  });
});

describe('decay schedules', () => {
  it('halfLifeDecay halves a weight in so many images, whatever the batch size', () => {
    for (const batchSize of [1, 10, 500]) {
      const decay = halfLifeDecay({ halfLife: 1000, batchSize });
      const share = Array.from({ length: 1000 / batchSize }, (_, step) => decay(step)).reduce((a, b) => a * b, 1);
      expect(share).toBeCloseTo(0.5, 12);
    }
  });

  it('powerDecay makes the average that weighs step t like t^gamma', () => {
    const std = 0.1;
    const decay = powerDecay(std);
    const steps = 200;
    // The share of each step in the final average, from the decays alone.
    const shares = Array.from({ length: steps }, (_, i) => {
      const kept = Array.from({ length: steps - i - 1 }, (_, j) => decay(i + 1 + j)).reduce((a, b) => a * b, 1);
      return (1 - decay(i)) * kept;
    });
    const gamma = exponentOfStd(std);
    const exact = shares.map((_, i) => ((i + 1) / steps) ** (gamma + 1) - (i / steps) ** (gamma + 1));
    expectClose(shares, exact, { rtol: 1e-9, atol: 1e-15 });
    const mean = shares.reduce((sum, share, i) => sum + share * (i + 0.5), 0) / steps;
    const variance = shares.reduce((sum, share, i) => sum + share * ((i + 0.5) / steps - mean) ** 2, 0);
    expect(Math.sqrt(variance)).toBeCloseTo(std, 3);
  });

  it('powerWarmupDecay reaches 0.999 after 31,600 steps at power 2/3 and after 10,000 at 3/4', () => {
    expect(powerWarmupDecay({ power: 2 / 3 })(31_600)).toBeCloseTo(0.999, 5);
    expect(powerWarmupDecay({ power: 3 / 4 })(10_000)).toBeCloseTo(0.999, 5);
    expect(rationalWarmupDecay()(90)).toBe(0.91);
  });

  it('exponentOfStd and stdOfExponent undo each other over the whole range', () => {
    for (const gamma of [0, 1e-6, 0.01, 1, 6.94, 16.97, 1e3, 1e6]) {
      expectClose([exponentOfStd(stdOfExponent(gamma))], [gamma], { rtol: 1e-8, atol: 1e-9 });
    }
    expect(() => exponentOfStd(0.3)).toThrow(/std must be in \(0, 0.288/);
    expect(() => exponentOfStd(0)).toThrow(/std/);
    expect(() => stdOfExponent(-1)).toThrow(/gamma must be a finite number >= 0/);
  });

  it.each<[string, () => unknown, RegExp]>([
    ['a half-life of 0', () => halfLifeDecay({ halfLife: 0, batchSize: 1 }), /: halfLife must /],
    ['a batch of 0', () => halfLifeDecay({ halfLife: 1, batchSize: 0 }), /: batchSize must /],
    ['a ramp-up of 0', () => halfLifeDecay({ halfLife: 1, batchSize: 1, rampUp: 0 }), /: rampUp must /],
    ['a decay above 1', () => powerWarmupDecay({ decay: 2 }), /: decay must /],
    ['an inverse gamma of 0', () => powerWarmupDecay({ inverseGamma: 0 }), /: inverseGamma must /],
    ['a power of 0', () => powerWarmupDecay({ power: 0 }), /: power must /],
    ['a minimum above 1', () => rationalWarmupDecay({ minimum: 2 }), /: minimum must /],
    ['every 0', () => powerWarmupDecay({ every: 0 }), /: every must /],
    ['half a step', () => rationalWarmupDecay({ after: 0.5 }), /: after must /],
    ['a width of 0.3', () => powerDecay(0.3), /std/],
    ['a response at 0', () => powerResponse({ std: 0.1, at: 0, length: 3 }), /: at must /],
    ['no response', () => powerResponse({ std: 0.1, at: 1, length: 0 }), /: length must /],
  ])('refuse %s', (_, fn, message) => {
    expect(fn).toThrow(message);
  });
});

describe('post-hoc averages', () => {
  it('give a tracked average back, and coefficients that sum to 1', () => {
    const snapshots = [100, 200, 300].flatMap((time) => [0.05, 0.1].map((std) => ({ time, std })));
    const solved = posthocCoefficients(snapshots, [snapshots[2], { time: 250, std: 0.08 }]);
    expectClose(
      solved.map(([x]) => x),
      [0, 0, 1, 0, 0, 0],
      { rtol: 0, atol: 1e-10 },
    );
    expect(solved.reduce((sum, [, x]) => sum + x, 0)).toBeCloseTo(1, 12);
  });

  it('come close to the average that was not tracked', () => {
    const weightsAt = (step: number) => Math.sin(step / 60) + step / 300;
    const track = (std: number, until: number) => {
      const decay = powerDecay(std);
      let average = 0;
      for (let step = 0; step < until; step++) average += (1 - decay(step)) * (weightsAt(step + 1) - average);
      return average;
    };
    const times = [50, 100, 150, 200, 250, 300, 350, 400];
    const snapshots = times.flatMap((time) =>
      [0.05, 0.1].map((std) => ({ time, std, tensors: { w: tf.scalar(track(std, time)) } })),
    );
    const made = posthocEma(snapshots, { time: 400, std: 0.07 });
    expect(made.w.dataSync()[0]).toBeCloseTo(track(0.07, 400), 2);
    expect(Math.abs(track(0.1, 400) - track(0.07, 400))).toBeGreaterThan(0.05);
  });

  it('refuse nothing, doubles, times of 0, and snapshots of different tensors', () => {
    const one = { time: 1, std: 0.1 };
    expect(() => posthocCoefficients([], [one])).toThrow(/at least one/);
    expect(() => posthocCoefficients([one, one], [one])).toThrow(/different from each other/);
    expect(() => posthocCoefficients([one], [{ time: 0, std: 0.1 }])).toThrow(/time must be a finite number > 0/);
    const tensors = { a: tf.scalar(1) };
    const snapshots = [
      { ...one, tensors },
      { time: 2, std: 0.1, tensors: { b: tf.scalar(1) } },
    ];
    expect(() => posthocEma(snapshots, one)).toThrow(/of the same tensors/);
  });
});
