import { foldIn, key } from '@diptych/core';
import type { Batch } from '@diptych/core';
import { describe, expect, it } from 'vitest';
import { batches } from '../../dataset/batches.ts';
import { mapBatches } from '../../dataset/map-batches.ts';
import { digits } from '../../datasets/digits.ts';
import { signedToBytes } from '../../images/pixels.ts';
import { edmAugmentation } from './edm-augmentation.ts';
import { resample } from './resample.ts';

const some = async (count: number): Promise<Batch> => digits().batch(Array.from({ length: count }, (_, i) => i));
const image = ({ x }: Batch, i: number) => x.slice(i * 64, (i + 1) * 64);
const worst = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i])));

describe('edmAugmentation', () => {
  it('with probability 0 and no mirror changes nothing and says so', async () => {
    const batch = await some(5);
    const { x, augmentation } = edmAugmentation({ probability: 0 }).apply(batch, key(0));
    expect(x).toEqual(batch.x);
    expect(augmentation).toEqual(new Float32Array(45));
  });

  it('mirrors half of the images with the CIFAR-10 set, whatever the probability', async () => {
    const batch = await some(400);
    const { x, augmentation } = edmAugmentation({ probability: 1e-6 }).apply(batch, key(1));
    let mirrored = 0;
    for (let i = 0; i < 400; i++) {
      const flipped = augmentation![i * 9] === 1;
      mirrored += Number(flipped);
      const expected = Array.from({ length: 64 }, (_, p) => batch.x[i * 64 + (flipped ? p + 7 - 2 * (p % 8) : p)]);
      expect(Array.from(x.slice(i * 64, i * 64 + 64))).toEqual(expected);
    }
    expect(Math.abs(mirrored - 200)).toBeLessThan(40);
  });

  it('happens as often as its probability says', async () => {
    const { augmentation } = edmAugmentation({ probability: 0.3, ops: { scale: 1, aniso: 0.5 } }).apply(
      await some(1000),
      key(2),
    );
    const share = (column: number) =>
      Array.from({ length: 1000 }, (_, i) => augmentation![i * 3 + column]).filter((w) => w !== 0).length / 1000;
    expect(share(0)).toBeCloseTo(0.3, 1);
    expect(share(1)).toBeCloseTo(0.15, 1);
  });

  it('gives image i the same treatment in any batch, and another one for another key', async () => {
    const augmentation = edmAugmentation({ probability: 1 });
    const [large, small] = [augmentation.apply(await some(6), key(3)), augmentation.apply(await some(2), key(3))];
    for (const i of [0, 1]) expect(image(small, i)).toEqual(image(large, i));
    expect(image(augmentation.apply(await some(2), key(4)), 0)).not.toEqual(image(small, 0));
    expect(image(large, 2)).not.toEqual(image(large, 3));
  });

  it('does not change what one operation does when another one joins the set', async () => {
    const alone = edmAugmentation({ probability: 1, ops: { scale: 1 } }).apply(await some(3), key(5));
    const both = edmAugmentation({ probability: 1, ops: { scale: 1, xflip: 0 } }).apply(await some(3), key(5));
    expect(both.x).toEqual(alone.x);
  });

  it('counts its labels: 9 for the CIFAR-10 set, 13 for all', async () => {
    expect(edmAugmentation().dims).toBe(9);
    const ops = {
      xflip: 1,
      yflip: 1,
      rotateInt: 1,
      translateInt: 1,
      scale: 1,
      rotateFrac: 1,
      aniso: 1,
      translateFrac: 1,
    };
    const all = edmAugmentation({ probability: 1, ops });
    expect(all.dims).toBe(13);
    const { augmentation, label, index } = all.apply(await some(4), key(6));
    expect(augmentation!.length).toBe(52);
    expect([label!.length, index!.length]).toEqual([4, 4]);
  });

  it('leaves the batch alone, and turns bytes into floats', async () => {
    const batch = await some(2);
    const before = batch.x.slice();
    edmAugmentation({ probability: 1 }).apply(batch, key(7));
    expect(batch.x).toEqual(before);
    const bytes = edmAugmentation({ probability: 0, ops: { yflip: 1 } }).apply(
      { ...batch, x: signedToBytes(batch.x) },
      key(7),
    );
    expect(worst(bytes.x, before)).toBeLessThan(1 / 127);
  });

  it('refuses what makes no sense', async () => {
    expect(() => edmAugmentation({ probability: 1.5 })).toThrow(/probability/);
    expect(() => edmAugmentation({ ops: {} })).toThrow(/at least one operation/);
    expect(() => edmAugmentation({ ops: { scale: -1 } })).toThrow(/ops.scale/);
    const oblong: Batch = { x: new Float32Array(6), shape: [1, 2, 3, 1] };
    expect(() => edmAugmentation({ ops: { rotateInt: 1 } }).apply(oblong, key(0))).toThrow(/square for rotateInt/);
    const broken = await some(3);
    broken.x[70] = NaN;
    expect(() => edmAugmentation().apply(broken, key(0))).toThrow(/image 1 must be free of NaN/);
  });
});

describe('resample', () => {
  it('with nothing to do gives the image back within the rounding of float32', async () => {
    const { x } = await some(1);
    expect(worst(resample(x as Float32Array, [8, 8, 1], [1, 0, 0, 0, 1, 0]), x)).toBeLessThan(1e-6);
  });

  it('by a whole pixel is a shift, with the border mirrored, also for images that are not square', () => {
    const ramp = Float32Array.from({ length: 10 * 14 }, (_, i) => Math.sin(i * 1.7));
    const moved = resample(ramp, [10, 14, 1], [1, 0, -1, 0, 1, 0]);
    const expected = Array.from(ramp, (_, i) => ramp[i % 14 === 0 ? i + 1 : i - 1]);
    expect(worst(moved, expected)).toBeLessThan(1e-6);
  });

  it('by a quarter turn is a quarter turn of what is smooth, and keeps channels apart', () => {
    const value = (x: number, y: number, c: number) => Math.cos((c + 1) * 0.3 * x) + Math.sin(0.4 * y);
    const of = (read: (x: number, y: number) => [number, number]) =>
      Float32Array.from({ length: 16 * 16 * 2 }, (_, i) => value(...read((i >> 1) % 16, i >> 5), i % 2));
    const moved = resample(
      of((x, y) => [x, y]),
      [16, 16, 2],
      [0, -1, 0, 1, 0, 0],
    );
    // Output (x, y) reads input (-y, x). The border has a kink, and the filter is not quite symmetric: turned,
    // it moves the picture by a small part of a pixel.
    const expected = of((x, y) => [15 - y, x]);
    const inside = (_: number, i: number) => [(i >> 1) % 16, i >> 5].every((at) => at > 2 && at < 13);
    expect(worst(moved.filter(inside), expected.filter(inside))).toBeLessThan(0.1); // a turn the other way is off by 2
  });
});

describe('mapBatches', () => {
  it('stays a function of the step, wherever the stream starts', async () => {
    const augmentation = edmAugmentation({ probability: 0.5 });
    const make = (position = 0) =>
      mapBatches(batches(digits(), { batchSize: 4, key: key(1), position }), (batch, step) =>
        augmentation.apply(batch, foldIn(key(2), step)),
      );
    const straight = make();
    const resumed = make(3)[Symbol.asyncIterator]();
    expect(straight.stepsPerEpoch).toBe(449);
    for (const step of [3, 4]) expect((await resumed.next()).value).toEqual(await straight.at(step));
    for await (const batch of straight.from(4)) {
      expect(batch).toEqual(await straight.at(4));
      break;
    }
  });
});
