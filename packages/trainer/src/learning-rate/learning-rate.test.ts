import { describe, expect, it } from 'vitest';
import { inverseSquareRoot } from './inverse-square-root.ts';
import { warmupConstant } from './warmup-constant.ts';
import { warmupCosine } from './warmup-cosine.ts';
import { warmupLinear } from './warmup-linear.ts';
import { warmupPolynomial } from './warmup-polynomial.ts';
import { linearDecay, warmupStableDecay } from './warmup-stable-decay.ts';

const rates = (schedule: (step: number) => number, steps: number[]) =>
  steps.map((step) => Number(schedule(step).toPrecision(12)));

describe('warm-up', () => {
  it.each([
    ['constant', warmupConstant({ rate: 0.4, warmup: 4 })],
    ['cosine', warmupCosine({ rate: 0.4, warmup: 4, steps: 20 })],
    ['linear', warmupLinear({ rate: 0.4, warmup: 4, steps: 20 })],
    ['polynomial', warmupPolynomial({ rate: 0.4, warmup: 4, steps: 20, power: 3 })],
    ['stable decay', warmupStableDecay({ rate: 0.4, warmup: 4, steps: 20 })],
    ['inverse square root', inverseSquareRoot({ rate: 0.4, warmup: 4, decayFrom: 20 })],
  ])('of %s does not waste its first step, and is over after the number of steps given', (_, schedule) => {
    expect(rates(schedule, [0, 1, 2, 3, 4])).toEqual([0.1, 0.2, 0.3, 0.4, 0.4]);
  });

  it('begins with rate 0 where it is told to', () => {
    expect(rates(warmupConstant({ rate: 0.4, warmup: 4, fromZero: true }), [0, 1, 4, 5])).toEqual([0, 0.1, 0.4, 0.4]);
  });

  it('may be left out', () => {
    expect(warmupConstant({ rate: 0.4 })(0)).toBe(0.4);
    expect(warmupCosine({ rate: 0.4, steps: 2 })(0)).toBe(0.4);
  });
});

describe('decay', () => {
  it('of warmupCosine is half-way in the middle, ends at the final rate and stays there', () => {
    const schedule = warmupCosine({ rate: 1, warmup: 10, steps: 110, final: 0.2 });
    expect(rates(schedule, [10, 60, 110, 111, 1e6])).toEqual([1, 0.6, 0.2, 0.2, 0.2]);
  });

  it('of warmupCosine climbs again where it is told to', () => {
    const schedule = warmupCosine({ rate: 1, steps: 100, periodic: true });
    expect(schedule(150)).toBeCloseTo(0.5, 12);
    expect(schedule(200)).toBeCloseTo(1, 12);
  });

  it('of warmupLinear and warmupPolynomial is the power of what remains', () => {
    expect(rates(warmupLinear({ rate: 1, warmup: 10, steps: 110, final: 0.5 }), [10, 60, 110, 999])).toEqual([
      1, 0.75, 0.5, 0.5,
    ]);
    expect(rates(warmupPolynomial({ rate: 1, steps: 100, power: 2 }), [0, 50, 90, 100, 200])).toEqual([
      1, 0.25, 0.01, 0, 0,
    ]);
  });

  it('of warmupStableDecay begins at its share of the steps, falls like its shape, and stays at the final rate', () => {
    const options = { rate: 1, warmup: 10, steps: 100, decay: 40 };
    expect(rates(warmupStableDecay(options), [10, 59, 60, 70, 85, 96.4, 100, 1e6])).toEqual([
      1, 1, 1, 0.5, 0.209430584958, 0.0460607985831, 0, 0,
    ]);
    const linear = warmupStableDecay({ ...options, final: 0.2, shape: linearDecay });
    expect(rates(linear, [59, 60, 70, 80, 100, 101])).toEqual([1, 1, 0.8, 0.6, 0.2, 0.2]);
    expect(rates(warmupStableDecay({ rate: 1, steps: 100, shape: linearDecay }), [80, 90])).toEqual([1, 0.5]);
    expect(rates(warmupStableDecay({ ...options, decay: 0 }), [50, 99, 100])).toEqual([1, 1, 0]);
  });

  it('of inverseSquareRoot halves when the steps are four times as many', () => {
    expect(rates(inverseSquareRoot({ rate: 1, decayFrom: 100 }), [0, 100, 400, 1600])).toEqual([1, 1, 0.5, 0.25]);
    expect(inverseSquareRoot({ rate: 1, decayFrom: 0 })(1e9)).toBe(1);
  });
});

describe('schedules refuse', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['a negative rate', () => warmupConstant({ rate: -1 }), /warmupConstant: rate must be a finite number >= 0/],
    ['a negative warm-up', () => warmupConstant({ rate: 1, warmup: -1 }), /: warmup must /],
    [
      'an end before that of the warm-up',
      () => warmupCosine({ rate: 1, warmup: 5, steps: 5 }),
      /steps must be more steps than the warm-up's 5/,
    ],
    ['a negative final rate', () => warmupCosine({ rate: 1, steps: 5, final: -1 }), /: final must /],
    ['an infinite length', () => warmupLinear({ rate: 1, steps: Infinity }), /: steps must /],
    [
      'a decay that begins in the warm-up',
      () => warmupStableDecay({ rate: 1, warmup: 5, steps: 9, decay: 5 }),
      /decay must be a number of steps from 0 to the 4 after/,
    ],
    ['a negative decay', () => warmupStableDecay({ rate: 1, steps: 9, decay: -1 }), /: decay must /],
    ['a power of 0', () => warmupPolynomial({ rate: 1, steps: 5, power: 0 }), /: power must /],
    ['a start of the decay that is NaN', () => inverseSquareRoot({ rate: 1, decayFrom: NaN }), /: decayFrom must /],
  ])('%s', (_, fn, message) => {
    expect(fn).toThrow(message);
  });
});
