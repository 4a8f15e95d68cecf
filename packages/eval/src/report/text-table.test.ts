import { describe, expect, it } from 'vitest';
import { textTable } from './text-table.ts';

describe('textTable', () => {
  it('aligns the first column to the left and the others to the right', () => {
    const rows = [
      ['layer', 'accuracy', 'n'],
      ['mid', '0.914', '1,200'],
      ['out.0.attn', '', '3'],
    ];
    expect(textTable(rows).split('\n')).toEqual([
      'layer       accuracy      n',
      'mid            0.914  1,200',
      'out.0.attn                3',
    ]);
    expect(textTable([])).toBe('');
  });

  it('refuses rows of different length', () => {
    expect(() => textTable([['a', 'b'], ['c']])).toThrow('textTable: row must be of length 2, as the first, got 1');
  });
});
