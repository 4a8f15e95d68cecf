import { key, normalArray } from '@diptych/core';
import { describe, expect, it } from 'vitest';
import { ddaeProbe } from '../adam/ddae-probe.ts';
import { fewShotCurve } from './few-shot-curve.ts';
import type { LabeledRows } from '../parts/probe-labels.ts';

/** Four overlapping clusters in 6 dims. */
function clusters(seed: number, count: number): LabeledRows {
  const labels = Int32Array.from({ length: count }, (_, i) => i % 4);
  const rows = normalArray(key(seed), count * 6).map((z, i) => z + (i % 6 === labels[Math.floor(i / 6)] ? 2.5 : 0));
  return { rows, dims: 6, labels };
}

describe('fewShotCurve', () => {
  const parts = { train: clusters(1, 200), validation: clusters(2, 100), test: clusters(3, 400) };

  it('rises with the shots, with mean and deviation over the draws', () => {
    const curve = fewShotCurve(parts, { shots: [1, 5, 40], draws: 4, key: key(0) });
    const [one, five, forty] = curve.points;
    expect(one.mean).toBeLessThan(five.mean);
    expect(five.mean).toBeLessThan(forty.mean);
    expect(forty.mean).toBeGreaterThan(0.8);
    for (const { mean, std, testAccuracy } of curve.points) {
      expect(testAccuracy).toHaveLength(4);
      expect(mean).toBeCloseTo((testAccuracy[0] + testAccuracy[1] + testAccuracy[2] + testAccuracy[3]) / 4, 12);
      expect(std ** 2 * 3).toBeCloseTo(
        testAccuracy.reduce((sum, value) => sum + (value - mean) ** 2, 0),
        12,
      );
    }
    expect(curve.protocol.name).toBe('converged');
    expect(fewShotCurve(parts, { shots: [1, 5, 40], draws: 4, key: key(0) })).toEqual(curve);
  });

  it('hands the probe k rows of every class, those of fewer shots among them, others in every draw', () => {
    const seen: string[][] = [];
    fewShotCurve(parts, {
      shots: [2, 3],
      draws: 2,
      key: key(7),
      probe: ({ train }) => {
        const counts = [0, 1, 2, 3].map((k) => Array.from(train.labels).filter((label) => label === k).length);
        expect(new Set(counts).size).toBe(1);
        expect(train.rows.length / 6).toBe(4 * counts[0]);
        seen.push(Array.from(train.labels, (_, i) => train.rows.slice(i * 6, i * 6 + 6).join()));
        return { validationAccuracy: 0, testAccuracy: 0, protocol: 'spy' };
      },
    });
    const [a2, b2, a3, b3] = seen;
    expect(a2.every((row) => a3.includes(row))).toBe(true);
    expect(b2.every((row) => b3.includes(row))).toBe(true);
    expect(a2.every((row) => b2.includes(row))).toBe(false);
  });

  it('takes any probe, and reports its protocol', () => {
    const probe = (few: typeof parts) => ddaeProbe(few, { key: key(0), epochs: 3 });
    const { protocol, points } = fewShotCurve(parts, { shots: [2], draws: 1, key: key(0), probe });
    expect(protocol).toMatchObject({ name: 'ddae', epochs: 3 });
    expect(points[0].std).toBe(0);
  });

  it('refuses more shots than a class has rows, naming the class', () => {
    const labels = Int32Array.from(parts.train.labels);
    for (let i = 0; i < 180; i++) if (labels[i] === 2) labels[i] = 1;
    const few = { ...parts, train: { ...parts.train, labels } };
    expect(() => fewShotCurve(few, { shots: [1, 10], key: key(0) })).toThrow(
      /class 2 must be there with at least 10 training rows, got 5/,
    );
    expect(() => fewShotCurve(parts, { shots: [1], key: key(0), classes: 5 })).toThrow(/class 4 .* got 0/);
    expect(() => fewShotCurve(parts, { shots: [0], key: key(0) })).toThrow(
      /shots must be an array of which each is a positive integer, got \[0\]/,
    );
    expect(() => fewShotCurve(parts, { draws: 0, key: key(0) })).toThrow(/draws/);
  });
});
