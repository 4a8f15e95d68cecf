import { describe, expect, it } from 'vitest';
import { constant, cosineRamp, linearRamp, schedulePieces, warmup } from './step-schedule.ts';

const at = (schedule: (step: number) => number, steps: number[]) =>
  steps.map((step) => Number(schedule(step).toPrecision(12)));

describe('step schedules', () => {
  it('constant is the value at every step', () => {
    expect(at(constant(0.3), [0, 0.5, 1e9])).toEqual([0.3, 0.3, 0.3]);
  });

  it('linearRamp is a straight line between its ends, and stays at the second', () => {
    expect(at(linearRamp({ from: 2, to: -1, steps: 6 }), [0, 1, 2.5, 6, 7, 1e9])).toEqual([2, 1.5, 0.75, -1, -1, -1]);
  });

  it('cosineRamp is half a cosine: a quarter of the way after a third of the steps, half after half', () => {
    expect(at(cosineRamp({ from: 0, to: 1, steps: 30 }), [0, 10, 15, 20, 30, 31])).toEqual([0, 0.25, 0.5, 0.75, 1, 1]);
  });

  it('a ramp of no steps is at its goal', () => {
    expect([linearRamp, cosineRamp].map((ramp) => ramp({ from: 1, to: 5, steps: 0 })(0))).toEqual([5, 5]);
  });

  it('warmup climbs to 1 in the steps given, from 0 where told to, and may be of no steps', () => {
    expect(at(warmup({ steps: 4 }), [0, 1, 2, 3, 4])).toEqual([0.25, 0.5, 0.75, 1, 1]);
    expect(at(warmup({ steps: 4, fromZero: true }), [0, 1, 4, 5])).toEqual([0, 0.25, 1, 1]);
    expect(at(warmup({ steps: 0 }), [0, 3])).toEqual([1, 1]);
  });

  it('schedulePieces plays each piece from its own beginning, the last for ever', () => {
    const pieces = [
      { steps: 2, schedule: constant(7) },
      { steps: 3, schedule: (step: number) => step },
    ];
    expect(
      at(
        schedulePieces(pieces, (step) => 100 + step),
        [0, 1, 2, 3, 4, 5, 9],
      ),
    ).toEqual([7, 7, 0, 1, 2, 100, 104]);
  });

  it('cosineRamp is the momentum of MoCo v3 and BYOL: base at first, half-way in the middle, 1 at the end and after', () => {
    const momentum = cosineRamp({ from: 0.99, to: 1, steps: 1000 });
    expect(at(momentum, [0, 500, 1000, 5000])).toEqual([0.99, 0.995, 1, 1]);
    expect(momentum(250)).toBeCloseTo(1 - (0.01 * (1 + Math.SQRT1_2)) / 2, 14);
  });

  it.each<[string, () => unknown, RegExp]>([
    [
      'a piece of negative length',
      () => schedulePieces([{ steps: -1, schedule: constant(1) }], constant(1)),
      /pieces\[0\]\.steps must be a finite number >= 0/,
    ],
    ['a value that is not finite', () => constant(NaN), /constant: value must be a finite number, got NaN/],
    [
      'an infinite end',
      () => linearRamp({ from: 0, to: Infinity, steps: 1 }),
      /linearRamp: to must be a finite number/,
    ],
    [
      'a start that is NaN',
      () => cosineRamp({ from: NaN, to: 1, steps: 1 }),
      /cosineRamp: from must be a finite number/,
    ],
    [
      'a negative number of steps',
      () => cosineRamp({ from: 0, to: 1, steps: -1 }),
      /steps must be a finite number >= 0/,
    ],
    ['an endless warm-up', () => warmup({ steps: Infinity }), /warmup: steps must be a finite number/],
  ])('refuse %s', (_, fn, message) => {
    expect(fn).toThrow(message);
  });
});
