import { edm, flowSchedule, predictVelocity, scheduledDiffusion } from '@diptych/core';
import { describe, expect, it } from 'vitest';
import { cosMap, karrasWeight, sigmaSqrt } from './prediction-weight.ts';

describe('named weightings', () => {
  const flow = scheduledDiffusion(flowSchedule(), { prediction: predictVelocity });
  // D = x - t v: an error of the velocity counts t^2 in D.
  it.each([0.1, 0.5, 0.8])("sigmaSqrt() and cosMap(): are SD3's weights of the velocity at time %s", (t) => {
    const sigma = t / (1 - t);
    expect(sigmaSqrt(flow)(sigma) * t ** 2).toBeCloseTo(t ** -2, 8);
    expect(cosMap(flow)(sigma) * t ** 2).toBeCloseTo(2 / (Math.PI * (1 - 2 * t + 2 * t * t)), 10);
  });

  it("karrasWeight(): is EDM's own weight, and 1 on what any other process predicts", () => {
    for (const sigma of [0.01, 0.5, 20]) expect(karrasWeight(edm())(sigma) / edm().weight(sigma)).toBeCloseTo(1, 12);
    expect(karrasWeight(flow)(1)).toBeCloseTo(4, 12);
  });
});
