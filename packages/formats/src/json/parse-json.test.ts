import { describe, expect, it } from 'vitest';
import { parseJson } from './parse-json.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);

describe('parseJson', () => {
  it('reads what JSON.parse reads, from text and from bytes, in shared memory too', () => {
    const texts = [
      '{"a":{"b":[1,"}{",{"a":2}]},"\\u0062":"\\"x"}',
      '[]',
      ' "a" ',
      '3',
      '{"__proto__":1,"constructor":2}',
    ];
    for (const text of texts) {
      expect(parseJson(text)).toEqual(JSON.parse(text));
      const shared = new Uint8Array(new SharedArrayBuffer(utf8(text).length));
      shared.set(utf8(text));
      expect(parseJson(shared)).toEqual(JSON.parse(text));
    }
  });

  it.each([
    ['a string that does not end', '{"a', /a\.json is not JSON: "\{\\"a"$/],
    ['a key that does not end', '{"a":1,"b', /is not JSON/],
    ['lists of a million levels', '['.repeat(1e6), /is not JSON: "\[+"…/],
    ['nothing', '', /is not JSON: ""/],
    ['bytes that are no text', Uint8Array.of(0x22, 0xff, 0x22), /is not text in UTF-8/],
    ['a name twice', '{"x":[{"a":1,"a":2}]}', /gives a name twice/],
    ['a name twice, written differently', '{"a":1,"\\u0061":2}', /gives a name twice/],
    ['a long name', `{"${'k'.repeat(4097)}":1}`, /has a name longer than 4096 characters/],
    ['a long name in escapes', `{"${'\\u006b'.repeat(4097)}":1}`, /has a name longer than 4096 characters/],
  ])('refuses %s', (_, json, message) => {
    expect(() => parseJson(json, { where: 'readThing', name: 'a.json' })).toThrow(message);
    expect(() => parseJson(json, { where: 'readThing', name: 'a.json' })).toThrow(/^readThing: a\.json /);
    expect(() => parseJson(json)).toThrow(expect.objectContaining({ name: 'FormatError' }));
  });

  it('bounds names, not values: these may have any length', () => {
    const [key, value] = ['k'.repeat(4096), 'v'.repeat(1e5)];
    expect(parseJson(JSON.stringify({ [key]: value }))).toEqual({ [key]: value });
    const escaped = `{"${'\\u006b'.repeat(4096)}":1}`;
    expect(parseJson(escaped)).toEqual({ [key]: 1 });
  });
});
