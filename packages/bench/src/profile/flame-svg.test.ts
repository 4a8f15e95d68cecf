import { describe, expect, it } from 'vitest';
import { addTime, type Flame } from './flame.ts';
import { flameSvg } from './flame-svg.ts';
import { profileTable } from './profile-table.ts';
import { shares } from './shares.ts';

const step = (): Flame => {
  const root: Flame = { name: 'training step', time: 100, calls: 1, children: [] };
  addTime(root, ['forward', 'DiptychLinear', '[2,3] [3,4]'], 20);
  addTime(root, ['forward', 'DiptychLinear', '[2,3] [3,4]'], 10);
  addTime(root, ['forward', 'DiptychLayerNorm', '[2,3]'], 5);
  addTime(root, ['backward', 'BatchMatMul', '[3,2] [2,4]'], 25);
  addTime(root, ['backward', 'Softmax', '[2,2]'], 4);
  addTime(root, ['backward', 'DiptychGeluGrad', '[2,4]'], 3);
  addTime(root, ['backward', 'Sum', '[2,4]'], 2);
  addTime(root, ['backward', 'Transpose', '[2,4]'], 8);
  addTime(root, ['update', 'DiptychAdamW', '[12]'], 7);
  root.children.push({ name: '(outside)', time: 16, calls: 1, children: [] });
  return root;
};

describe('addTime()', () => {
  it('adds to every part on the path, and counts the calls', () => {
    const [forward] = step().children;
    expect(forward).toMatchObject({ name: 'forward', time: 35, calls: 3 });
    expect(forward.children[0]).toMatchObject({ name: 'DiptychLinear', time: 30, calls: 2 });
    expect(forward.children[0].children).toEqual([{ name: '[2,3] [3,4]', time: 30, calls: 2, children: [] }]);
  });
});

describe('shares()', () => {
  it('sums the kernels of forward and backward by kind, and keeps the update and what no kernel took apart', () => {
    expect(shares(step())).toEqual({
      total: 100,
      'products and attention': 55,
      norm: 5,
      softmax: 4,
      'elementwise and sums': 5,
      moving: 8,
      update: 7,
      outside: 16,
    });
  });

  it('leaves no time out', () => {
    const { total, ...parts } = shares(step());
    expect(Object.values(parts).reduce((sum, part) => sum + part)).toBe(total);
  });
});

describe('flameSvg()', () => {
  it('draws parts as wide as their time, below what they are part of, the longest first', () => {
    const svg = flameSvg(step());
    const boxes = [...svg.matchAll(/<title>([^:<]*):.*?x="([\d.]+)" y="(\d+)" width="([\d.]+)"/g)].map((match) => [
      match[1],
      ...match.slice(2).map(Number),
    ]);
    expect(boxes.slice(0, 3)).toEqual([
      ['training step', 0, 0, 1200],
      ['backward', 0, 20, 504],
      ['BatchMatMul', 0, 40, 300],
    ]);
    expect(boxes).toContainEqual(['forward', 504, 20, 420]);
    expect(boxes).toContainEqual(['update', 1116, 20, 84]);
    expect(svg).toContain('viewBox="0 0 1200 80"');
    expect(svg).toContain('<title>DiptychLinear: 30.00 ms, 30.0 %, 2 calls</title>');
  });

  it('escapes names and shortens labels to their boxes', () => {
    const root: Flame = { name: '<a & b>', time: 1, calls: 1, children: [] };
    addTime(root, [`${'x'.repeat(300)}`], 0.5);
    const svg = flameSvg(root);
    expect(svg).toContain('>&lt;a &amp; b&gt;</text>');
    expect(svg).toContain('x…</text>');
    expect(svg).not.toContain(`>${'x'.repeat(300)}</text>`);
  });
});

describe('profileTable()', () => {
  it('lists the kernels of each phase, longest first, with their share of the step', () => {
    const lines = profileTable(step()).split('\n');
    expect(lines[0]).toBe('One training step: 100.0 ms');
    expect(lines.slice(4, 7)).toEqual([
      '| 30.00 | 30.0 % | 2 | forward | DiptychLinear |',
      '| 25.00 | 25.0 % | 1 | backward | BatchMatMul |',
      '| 16.00 | 16.0 % | 1 |  | (outside) |',
    ]);
  });
});
