import { describe, expect, it } from 'vitest';
import { arrayDataset } from './array-dataset.ts';
import { subset } from './subset.ts';

const source = arrayDataset({
  x: Float32Array.from({ length: 6 }, (_, i) => i),
  shape: [1, 1, 1],
  label: [0, 1, 0, 1, 0, 1],
  name: 'six',
});

describe('subset', () => {
  it('of positions gives those images, and their positions in the source', async () => {
    const some = subset(source, [5, 1, 3]);
    const batch = await some.batch([0, 2]);
    expect([some.length, some.name, some.classes]).toEqual([3, 'six', ['0', '1']]);
    expect(Array.from(batch.x)).toEqual([5, 3]);
    expect(Array.from(batch.index!)).toEqual([5, 3]);
    expect(Array.from(batch.label!)).toEqual([1, 1]);
  });

  it('of a subset still names the source', async () => {
    const inner = subset(subset(source, { from: 2 }, { name: 'tail' }), { from: 1, to: 3 });
    expect(inner.name).toBe('tail');
    expect(Array.from((await inner.batch([0, 1])).index!)).toEqual([3, 4]);
  });

  it('of a range has from inside and to outside', () => {
    expect(subset(source, { from: 2, to: 5 }).length).toBe(3);
    expect(subset(source, { to: 5 }).length).toBe(5);
    expect(subset(source, {}).length).toBe(6);
  });

  it('refuses to be empty or to leave the source', () => {
    expect(() => subset(source, [])).toThrow(/at least one image/);
    expect(() => subset(source, [6])).toThrow(/indices\[0\] must be an integer in 0 .. 5, got 6/);
    expect(() => subset(source, { from: 3, to: 3 })).toThrow(/range inside 0..6/);
    expect(() => subset(source, { to: 7 })).toThrow(/range inside 0..6/);
    expect(() => subset(source, { from: 0.5 })).toThrow(/positions.from must be an integer >= 0/);
    expect(() => subset(source, { to: 3 }).batch([3])).toThrow(/in 0 .. 2, got 3/);
  });
});
