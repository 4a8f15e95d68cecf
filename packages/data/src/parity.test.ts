import { fixtures } from '@diptych/test-utils/fixtures';
import type { FixtureCase, NumberArray } from '@diptych/test-utils/fixtures';
import { describe, expect, it } from 'vitest';
import type { AugmentationDraws, AugmentationOps } from './transforms/augment/augmentation-ops.ts';
import { movePixels } from './transforms/augment/move-pixels.ts';
import { planAugmentation } from './transforms/augment/plan-augmentation.ts';
import type { AugmentationPlan } from './transforms/augment/plan-augmentation.ts';
import { framePadding, resample } from './transforms/augment/resample.ts';
import { bytesToSigned, signedToBytes } from './index.ts';

const camel = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
const largestDifference = (actual: ArrayLike<number>, expected: ArrayLike<number>) =>
  Math.max(...Array.from(expected, (value, i) => Math.abs(actual[i] - value)));

/** The draws of image i of a case: one entry per image, pairs as [2, images]. */
function drawsOf(draws: Record<string, Record<string, NumberArray>>, i: number): AugmentationDraws {
  const entries = Object.entries(draws).map(([name, values]) => {
    const own = Object.entries(values).map(([field, { shape, data }]) => {
      const last = shape[shape.length - 1];
      return [field, shape.length === 2 ? [data[i], data[last + i]] : data[i]];
    });
    return [camel(name), Object.fromEntries(own)];
  });
  return Object.fromEntries(entries) as AugmentationDraws;
}

const promises: Record<string, (golden: FixtureCase, shared: Record<string, unknown>) => void> = {
  augment({ config, inputs, expected }, shared) {
    const { images } = shared.meta as { images: Record<string, NumberArray> };
    const ops = Object.fromEntries(
      Object.entries(config.multipliers).map(([name, m]) => [camel(name), m]),
    ) as AugmentationOps;
    const names = inputs.images as string[];
    const shape = images[names[0]].shape as [number, number, number];
    const [height, width] = shape;
    const size = images[names[0]].data.length;

    const plans: AugmentationPlan[] = names.map((_, i) =>
      planAugmentation(drawsOf(inputs.draws, i), ops, config.p as number, [height, width]),
    );
    plans.forEach(({ labels, matrix }, i) => {
      expect(labels.length).toBe(expected.labels.shape[1]);
      expect(
        largestDifference(labels, expected.labels.data.slice(i * labels.length, (i + 1) * labels.length)),
      ).toBeLessThan(1e-11);
      if (expected.matrix)
        expect(largestDifference(matrix, expected.matrix.data.slice(i * 9, i * 9 + 6))).toBeLessThan(1e-10);
    });
    if (expected.padding) {
      const frames = plans.map(({ matrix }) => framePadding(matrix, height, width));
      const most = (side: 'left' | 'top' | 'right' | 'bottom') => Math.max(...frames.map((frame) => frame[side]));
      expect([most('left'), most('top'), most('right'), most('bottom')]).toEqual(expected.padding);
    }
    names.forEach((name, i) => {
      const moved = movePixels(Float32Array.from(images[name].data), shape, plans[i]);
      const image = expected.matrix ? resample(moved, shape, plans[i].matrix) : moved;
      const target = expected.image.data.slice(i * size, (i + 1) * size);
      // 4e-5 is what the official border, shared by the batch, moves at most.
      expect(largestDifference(image, target)).toBeLessThan(expected.matrix ? 1e-4 : 1e-7);
    });
  },

  quantise({ config, inputs, expected }) {
    if (config.kind === 'toBytes') {
      const bytes = Array.from(signedToBytes(Float32Array.from(inputs.x.data as number[])));
      expect(bytes).toEqual(expected.edm.data);
      expect(bytes).toEqual(expected.torchvision.data);
    } else if (config.kind === 'fromBytes') {
      expect(largestDifference(bytesToSigned(inputs.levels), expected.minusOneToOne)).toBeLessThan(1e-7);
    } else throw new Error(`no promise for kind ${String(config.kind)}`);
  },
};

describe('parity with reference implementations', () => {
  for (const { file, cases, shared } of fixtures('data')) {
    const kind = Object.keys(promises).find((kind) => file === kind || file.startsWith(`${kind}-`));
    for (const golden of cases) {
      it(`parity: ${file}, ${golden.name}`, () => {
        if (!kind) throw new Error(`no promise for golden file ${file}`);
        promises[kind](golden, shared);
      });
    }
  }
});
