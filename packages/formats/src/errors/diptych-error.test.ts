import { describe, expect, it } from 'vitest';
import { check, DiptychError, fail, FormatError } from './index.ts';

const said = (value: unknown) => new DiptychError({ where: 'f', parameter: 'p', rule: 'r', value }).message;

describe('DiptychError', () => {
  it('says who refuses what, by which rule, and the value', () => {
    expect(() => check(false, 'euler', 'sigmas', 'decreasing', [1, 2])).toThrow(
      'euler: sigmas must be decreasing, got [1, 2]',
    );
  });

  it('says in a sentence what is wrong with a state or a file', () => {
    expect(() => fail('download', 'no space left', { cause: 5 })).toThrow(
      expect.objectContaining({ message: 'download: no space left', name: 'DiptychError', cause: 5 }),
    );
    const error = new FormatError('readNpy', 'the array is cut');
    expect([error.name, error.message]).toEqual(['FormatError', 'readNpy: the array is cut']);
    expect(error.details).toEqual({ where: 'readNpy', sentence: 'the array is cut' });
    expect([DiptychError.isInstance(error), FormatError.isInstance(error)]).toEqual([true, true]);
    expect(FormatError.isInstance(new DiptychError(error.details))).toBe(false);
    expect([null, {}, new Error('x')].some((value) => DiptychError.isInstance(value))).toBe(false);
  });

  it('cuts long and deep lists, those that contain themselves included', () => {
    expect(said(Array.from({ length: 9 }, (_, i) => i))).toBe(
      'f: p must be r, got [0, 1, 2, 3, 4, 5, 6, 7, … 9 in all]',
    );
    const endless: unknown[] = [1];
    endless.push(endless);
    expect(said(endless)).toBe('f: p must be r, got [1, [1, [1, [1, […]]]]]');
    let doubled: unknown[] = [];
    for (let i = 0; i < 60; i++) doubled = Array.from({ length: 9 }, () => doubled);
    expect(said(doubled).length).toBeLessThan(450);
  });

  it('cuts long strings, names and numbers, and says how long they were', () => {
    expect(said('a'.repeat(5000))).toBe(`f: p must be r, got "${'a'.repeat(1000)}"… (5000 characters)`);
    expect(said([['x'.repeat(1e6)], 'y'.repeat(1e6)]).length).toBeLessThan(450);
    expect(said({ ['k'.repeat(1e6)]: 1 }).length).toBeLessThan(450);
    expect(said(2n ** 100_000n)).toContain('an integer beyond 2^128');
    const path = new DiptychError({ where: 'f', parameter: '/p'.repeat(1e6), rule: 'absent', value: 'there' }).message;
    expect([path.slice(0, 5), path.slice(-30)]).toEqual(['f: /p', 'p… must be absent, got "there"'.slice(-30)]);
    expect(new FormatError('f', 'z'.repeat(1e6)).message.length).toBeLessThan(4010);
  });

  it('escapes what steers a terminal or turns the text, wherever it stands', () => {
    const hostile = 'a\u001b[31m\u202eb\u2028\n\u009b';
    const shown = 'a\\u001b[31m\\u202eb\\u2028\\n\\u009b';
    expect(said(hostile)).toBe(`f: p must be r, got "${shown}"`);
    expect(new FormatError('f', `the entry ${hostile} is cut`).message).toBe(`f: the entry ${shown} is cut`);
    expect(new DiptychError({ where: 'f', parameter: hostile, rule: 'r', value: 1 }).message).toBe(
      `f: ${shown} must be r, got 1`,
    );
  });

  it('shows tensors by shape, objects by their keys, functions by name and strings in quotes', () => {
    expect(said({ dtype: 'float32', shape: [2, 3] })).toContain('float32 tensor of shape [2, 3]');
    expect(said({ a: 1, b: 2 })).toContain('{a, b}');
    expect(said(new Map([[1, 2]]))).toContain('a Map of 1');
    expect(said(Promise.resolve())).toContain('Promise {}');
    expect(said(new Date(0))).toContain('Date {}');
    expect(said(Object.assign(Object.create(null), { constructor: 5 }))).toContain('{constructor}');
    expect(said(new TypeError('x'.repeat(1e6))).length).toBeLessThan(450);
    expect(said(new Error('no\u001b[0m'))).toContain('Error "no\\u001b[0m"');
    expect(said(Math.cos)).toContain('function cos');
    expect(said(Symbol('mark'))).toContain('Symbol(mark)');
    expect(said('4')).toContain('"4"');
  });
});
