import { describe, expect, it } from 'vitest';
import { glyphRows } from './glyphs.ts';

const printable = Array.from(
  '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.,:;!?+-*/=<>()[]%|_#&σ×²…→é',
);

describe('glyphRows', () => {
  it('draws the letter I as a stem with two bars', () => {
    expect(glyphRows('I')).toEqual([14, 4, 4, 4, 4, 4, 14, 0]);
  });

  it('draws every letter differently, each in 8 rows of 5 bits', () => {
    const drawn = printable.map((letter) => glyphRows(letter).join());
    expect(new Set(drawn).size).toBe(printable.length);
    for (const letter of printable) {
      expect(glyphRows(letter)).toHaveLength(8);
      expect(glyphRows(letter).every((row) => row >= 0 && row < 32)).toBe(true);
    }
  });

  it('draws a blank as nothing and an unknown letter as a box', () => {
    expect(glyphRows(' ').every((row) => row === 0)).toBe(true);
    expect(glyphRows('漢')).toEqual([31, 17, 17, 17, 17, 17, 31, 0]);
  });
});
