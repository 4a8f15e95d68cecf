import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { foldIn, integers, key } from '@diptych/core';
import { DiptychError } from '../errors/index.ts';
import { describe, expect, it } from 'vitest';
import { readPyTorch } from './read-pytorch.ts';

// These tests damage files of the project's own copy, whatever fixtures the parity tests read.
const folder = fileURLToPath(new URL('../../../test-utils/fixtures/models/pth/', import.meta.url));
const bytesOf = (name: string) => new Uint8Array(readFileSync(join(folder, name)));

/** A zip of stored entries, as torch.save writes it. */
function zip(entries: Record<string, Uint8Array>, { method = 0, flags = 0 } = {}): Uint8Array {
  const chunks: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  const add = (list: Uint8Array[], size: number, fill: (view: DataView) => void, ...rest: Uint8Array[]) => {
    const head = new Uint8Array(size);
    fill(new DataView(head.buffer));
    list.push(head, ...rest);
    return size + rest.reduce((sum, { length }) => sum + length, 0);
  };
  for (const [name, data] of Object.entries(entries)) {
    const label = new TextEncoder().encode(name);
    const header = at;
    at += add(
      chunks,
      30,
      (v) => {
        v.setUint32(0, 0x04034b50, true);
        v.setUint16(26, label.length, true);
      },
      label,
      data,
    );
    add(
      directory,
      46,
      (v) => {
        v.setUint32(0, 0x02014b50, true);
        v.setUint16(8, flags, true);
        v.setUint16(10, method, true);
        v.setUint32(20, data.length, true);
        v.setUint32(24, data.length, true);
        v.setUint16(28, label.length, true);
        v.setUint32(42, header, true);
      },
      label,
    );
  }
  add(directory, 22, (v) => {
    v.setUint32(0, 0x06054b50, true);
    v.setUint16(10, Object.keys(entries).length, true);
    v.setUint32(16, at, true);
  });
  return Uint8Array.from([...chunks, ...directory].flatMap((chunk) => [...chunk]));
}

const ascii = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));
const word = (value: number) => String.fromCharCode(...[0, 8, 16, 24].map((shift) => (value >>> shift) & 255));
const string = (text: string) => `X${word(text.length)}${text}`;
const checkpoint = (pickle: string, more: Record<string, Uint8Array> = {}) =>
  zip({ 'x/data.pkl': ascii(`\x80\x02${pickle}.`), 'x/data/0': new Uint8Array(8), ...more });

/** The pickle of one float tensor. */
const tensor = ({ type = 'FloatStorage', count = 2, offset = 0, shape = [2], stride = [1], key: name = '0' } = {}) => {
  const tuple = (sizes: number[]) => `(${sizes.map((n) => `J${word(n)}`).join('')}t`;
  const id = `(${string('storage')}ctorch\n${type}\n${string(name)}${string('cpu')}J${word(count)}tQ`;
  return `ctorch._utils\n_rebuild_tensor_v2\n(${id}J${word(offset)}${tuple(shape)}${tuple(stride)}\x89}tR`;
};

describe('readPyTorch', () => {
  it('reads a tensor on its own, lists and nested dictionaries by dotted path', () => {
    const nested = checkpoint(
      `}${string('a')}](${tensor()}K\x05e${string('b')}}${string('c')}\x88ss`.replace(/^}/, '}(').replace(/ss$/, 'su'),
    );
    const { tensors, values } = readPyTorch(nested);
    expect(Object.keys(tensors)).toEqual(['a.0']);
    expect(values).toEqual({ 'a.1': 5, 'b.c': true });
    expect(tensors['a.0']).toEqual({ shape: [2], dtype: 'float32', data: new Float32Array(2) });
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['empty', new Uint8Array(0), /a file of torch.save/],
    ['text', ascii('hello, world'), /a file of torch.save/],
    ['another pickle', ascii('\x80\x02K\x01.'), /a file of torch.save/],
    ['a zip without data.pkl', zip({ 'x/readme': ascii('no') }), /one with a data.pkl/],
    ['a zip cut short', zip({ 'x/data.pkl': ascii('N.') }).subarray(0, 40), /end record is missing/],
    [
      'a compressed entry',
      zip({ 'x/data.pkl': ascii('N.') }, { method: 8 }),
      /stored, neither compressed nor encrypted/,
    ],
    ['an encrypted entry', zip({ 'x/data.pkl': ascii('N.') }, { flags: 1 }), /neither compressed nor encrypted/],
    ['big endian', checkpoint('N', { 'x/byteorder': ascii('big') }), /byte order must be little/],
    [
      'a pickle that runs a command',
      checkpoint(`cos\nsystem\n(${string('echo owned')}tR`),
      /refers to, got "os.system"/,
    ],
    [
      'a name given on the stack',
      checkpoint(`${string('builtins')}${string('eval')}\x93(tR`),
      /refers to, got "builtins.eval"/,
    ],
    ['a call of a storage class', checkpoint('ctorch\nFloatStorage\n(tR'), /calls, got "torch.FloatStorage"/],
    ['an object of another class', checkpoint('ctorch\nFloatStorage\n)\x81'), /makes, got "torch.FloatStorage"/],
    ['fields set on a tensor', checkpoint(`${tensor()}}b`), /sets fields of plain objects only/],
    ['a protocol 0 operation', checkpoint('I1\n'), /operation, got "0x49"/],
    [
      'an unknown storage',
      checkpoint(`(${string('storage')}N${string('0')}${string('cpu')}K\x02tQ`),
      /storages have a known type/,
    ],
    ['a missing storage', checkpoint(tensor({ key: '7' })), /whose storage is in the file, got "7"/],
    ['a tensor beyond its storage', checkpoint(tensor({ shape: [3] })), /a view of its storage of 8 bytes/],
    ['an offset beyond its storage', checkpoint(tensor({ offset: 1 })), /a view of its storage/],
    ['a negative stride', checkpoint(tensor({ stride: [-1] })), /an offset, sizes and strides/],
    [
      'a tensor that repeats without end',
      checkpoint(tensor({ shape: [2 ** 30, 2 ** 30], stride: [0, 0] })),
      /no larger than the file allows/,
    ],
    ['a list of itself', checkpoint(']q\x00h\x00a'), /at most 200 levels/],
    ['a missing mark', checkpoint('t'), /a mark is missing/],
    ['an empty stack', checkpoint('R'), /stack is empty/],
    ['a missing memo', checkpoint('h\x09'), /a memo is missing/],
    ['a string beyond the pickle', checkpoint(`X${word(99999)}a`), /ends early/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => readPyTorch(bytes)).toThrow(message);
    expect(() => readPyTorch(bytes)).toThrow(expect.objectContaining({ name: 'DiptychError' }));
  });

  /** A list of two references to a list of two references ...: 2^levels leaves when written out. */
  const doubling = (levels: number) => {
    const recall = (i: number) => `h${String.fromCharCode(i)}`;
    const level = (i: number) => `](${recall(i)}${recall(i)}eq${String.fromCharCode(i + 1)}0`;
    return `]q\x000${Array.from({ length: levels }, (_, i) => level(i)).join('')}${recall(levels)}`;
  };
  const itself = ']q\x00h\x00a';

  it.each<[string, string, RegExp]>([
    ['a key that doubles at every level', `}${doubling(60)}K\x01s`, /plain keys, got "a list of 2"/],
    ['a key that holds itself', `}${itself}K\x01s`, /plain keys, got "a list of 1"/],
    ['a name that doubles at every level', `${doubling(60)}${string('x')}\x93`, /names are strings/],
    [
      'a view of a storage that holds itself',
      `(${string('storage')}ctorch\nFloatStorage\n${string('0')}${string('cpu')}K\x02${itself}tQ`,
      /without views/,
    ],
  ])('%s ends in an error, not in a hang or an exhausted stack', (_, pickle, message) => {
    expect(() => readPyTorch(checkpoint(pickle))).toThrow(message);
  });

  it('lists that double at every level, or hold a list often, end in an error, not in exhausted memory', () => {
    expect(() => readPyTorch(checkpoint(doubling(60)))).toThrow(/paths are no larger than/);
    const often = `](${'N'.repeat(3000)}eq\x000](${'h\x00'.repeat(3000)}e`;
    expect(() => readPyTorch(checkpoint(often))).toThrow(/at most 200 levels and 2000000 values/);
  });

  it('a long key above many values ends in an error, not in exhausted memory', () => {
    const values = 'N'.repeat(100_000);
    expect(() => readPyTorch(checkpoint(`}${string('k'.repeat(100_000))}](${values}es`))).toThrow(
      /paths are no larger than/,
    );
  });

  it('tuples of plain values are keys like others', () => {
    expect(readPyTorch(checkpoint(`}K\x01${string('a')}\x86K\x05s`)).values).toEqual({ '1,a': 5 });
  });

  it('reads tensors that carry attributes, devices, types, sets and bytes as plain values', () => {
    const call = (module: string, name: string, args: string) => `c${module}\n${name}\n(${args}tR`;
    const parts = tensor().slice('ctorch._utils\n_rebuild_tensor_v2\n'.length, -1);
    const wrapped = `ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._utils\n_rebuild_tensor_v2\nctorch\nTensor\n${parts}}tR`;
    const pickle = `}(${[
      [string('w'), wrapped],
      [string('device'), call('torch', 'device', `${string('cuda')}K\x01`)],
      [string('dtype'), 'ctorch\nfloat16\n'],
      [string('set'), call('__builtin__', 'set', '](K\x01K\x02e')],
      [string('bytes'), call('_codecs', 'encode', `${string('ab')}${string('latin1')}`)],
      [string('none'), call('__builtin__', 'bytes', '')],
    ]
      .flat()
      .join('')}u`;
    const { tensors, values } = readPyTorch(checkpoint(pickle));
    expect(tensors.w).toEqual({ dtype: 'float32', shape: [2], data: new Float32Array(2) });
    const [bytes, none] = [Uint8Array.of(97, 98), new Uint8Array(0)];
    expect(values).toEqual({ device: 'cuda:1', dtype: 'torch.float16', 'set.0': 1, 'set.1': 2, bytes, none });
  });

  it.each<[string, string, RegExp]>([
    [
      'a rebuilding that calls itself',
      `](ctorch._tensor\n_rebuild_from_type_v2\ncos\nsystem\ne`,
      /it refers to, got "os.system"/,
    ],
    [
      'a rebuilding of rebuildings',
      'ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._tensor\n_rebuild_from_type_v2\nctorch\nTensor\n)tR',
      /rebuilds tensors from storages; it calls, got "torch._tensor._rebuild_from_type_v2"/,
    ],
    ['a device of lists', `ctorch\ndevice\n(${itself}tR`, /devices have a kind and a number/],
    ['bytes in another encoding', `c_codecs\nencode\n(${string('a')}${string('rot13')}tR`, /text in latin1/],
    ['a negated tensor', `${tensor().slice(0, -2)}}${string('neg')}\x88stR`, /stored negated or conjugated/],
    ['one path twice', `}(${string('a.b')}${tensor()}${string('a')}}${string('b')}${tensor()}su`, /one tensor only/],
  ])('refuses %s', (_, pickle, message) => {
    expect(() => readPyTorch(checkpoint(pickle))).toThrow(message);
  });

  it('names of the prototype are names like others', () => {
    const { tensors, values } = readPyTorch(
      checkpoint(`}(${string('__proto__')}${tensor()}${string('constructor')}K\x01u`),
    );
    expect(Object.keys(tensors)).toEqual(['__proto__']);
    expect(Object.keys(values)).toEqual(['constructor']);
    expect(({} as Record<string, unknown>).shape).toBeUndefined();
  });

  it.each(['odd.pt', 'legacy.pth', 'training.pt'])('a damaged %s is read or refused with a DiptychError', (name) => {
    const original = bytesOf(name);
    let refused = 0;
    for (let round = 0; round < 700; round++) {
      const draws = integers(foldIn(key(5), round), 9, 2 ** 31);
      let bytes = original.slice();
      for (let i = 0; i < 1 + (draws[0] % 4); i++) bytes[draws[1 + i] % bytes.length] = draws[4 + i];
      if (draws[8] % 6 === 0) bytes = bytes.subarray(0, draws[1] % bytes.length);
      try {
        for (const { shape, data } of Object.values(readPyTorch(bytes).tensors)) {
          expect(data.length).toBe(shape.reduce((product, n) => product * n, 1));
        }
      } catch (error) {
        if (!DiptychError.isInstance(error)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(100);
  });
});
