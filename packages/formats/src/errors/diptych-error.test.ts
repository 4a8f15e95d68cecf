import { describe, expect, it } from 'vitest';
import { check, DiptychError } from './diptych-error.ts';

const said = (value: unknown) => new DiptychError({ where: 'f', parameter: 'p', rule: 'r', value }).message;

describe('DiptychError', () => {
  it('says who refuses what, by which rule, and the value', () => {
    expect(() => check(false, 'euler', 'sigmas', 'decreasing', [1, 2])).toThrow(
      'euler: sigmas must be decreasing, got [1, 2]',
    );
  });

  it('cuts long and deep lists, those that contain themselves included', () => {
    expect(said(Array.from({ length: 9 }, (_, i) => i))).toBe(
      'f: p must be r, got [0, 1, 2, 3, 4, 5, 6, 7, … 9 in all]',
    );
    const endless: unknown[] = [1];
    endless.push(endless);
    expect(said(endless)).toBe('f: p must be r, got [1, [1, [1, [1, […]]]]]');
  });

  it('shows tensors by shape, objects by their keys, functions by name and strings in quotes', () => {
    expect(said({ dtype: 'float32', shape: [2, 3] })).toContain('float32 tensor of shape [2,3]');
    expect(said({ a: 1, b: 2 })).toContain('{a, b}');
    expect(said(Math.cos)).toContain('function cos');
    expect(said('4')).toContain('"4"');
  });
});
