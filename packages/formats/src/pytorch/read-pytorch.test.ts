import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { foldIn, key } from '@diptych/core';
import { integers } from '@diptych/core/random';
import { DiptychError } from '../errors/index.ts';
import { ascii, checkpoint, gunzipped, pythonFiles, string, tensor, word, zip } from '@diptych/test-utils/formats';
import { describe, expect, it } from 'vitest';
import { readPyTorch } from './read-pytorch.ts';

// These tests damage files of the project's own copy, whatever fixtures the parity tests read.
const folder = fileURLToPath(new URL('../../../test-utils/fixtures/models/pth/', import.meta.url));
const bytesOf = (name: string) => new Uint8Array(readFileSync(join(folder, name)));

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
    [
      'a zip without data.pkl',
      zip({ 'x/readme': ascii('no') }),
      /has no data.pkl, as torch.save writes it, but \["x\/readme"\]/,
    ],
    ['a zip cut short', zip({ 'x/data.pkl': ascii('N.') }).subarray(0, 40), /its end record is missing/],
    [
      'a compressed entry',
      zip({ 'x/data.pkl': ascii('N.') }, { method: 8 }),
      /must be stored, as torch.save writes them/,
    ],
    ['an encrypted entry', zip({ 'x/data.pkl': ascii('N.') }, { flags: 1 }), /"x\/data.pkl" in the file is encrypted/],
    ['big endian', checkpoint('N', { 'x/byteorder': ascii('big') }), /the byte order must be "little", but is "big"/],
    [
      'a pickle that runs a command',
      checkpoint(`cos\nsystem\n(${string('echo owned')}tR`),
      /^readPyTorch: the pickle refers to "os.system"; only tensors and plain values are allowed$/,
    ],
    [
      'a name given on the stack',
      checkpoint(`${string('builtins')}${string('eval')}\x93(tR`),
      /the pickle refers to "builtins.eval"/,
    ],
    ['a call of a storage class', checkpoint('ctorch\nFloatStorage\n(tR'), /the pickle calls "torch.FloatStorage"/],
    ['an object of another class', checkpoint('ctorch\nFloatStorage\n)\x81'), /an object of "torch.FloatStorage"/],
    ['fields set on a tensor', checkpoint(`${tensor()}}b`), /sets fields of a value of type object/],
    ['a protocol 0 operation', checkpoint('I1\n'), /the operation 0x49/],
    [
      'an unknown storage',
      checkpoint(`(${string('storage')}N${string('0')}${string('cpu')}K\x02tQ`),
      /a storage must have a known type/,
    ],
    ['a missing storage', checkpoint(tensor({ key: '7' })), /lies in the storage "7", which the file lacks/],
    [
      'a tensor beyond its storage',
      checkpoint(tensor({ shape: [3] })),
      /reaches element 2 of 4 bytes, but its storage has 8 bytes/,
    ],
    ['an offset beyond its storage', checkpoint(tensor({ offset: 1 })), /reaches element 2/],
    ['a negative stride', checkpoint(tensor({ stride: [-1] })), /as many sizes as strides/],
    [
      'a tensor that repeats without end',
      checkpoint(tensor({ shape: [2 ** 30, 2 ** 30], stride: [0, 0] })),
      /would grow beyond what a file of \d+ bytes may hold/,
    ],
    ['a list of itself', checkpoint(']q\x00h\x00a'), /nested deeper than 200 levels/],
    ['a missing mark', checkpoint('t'), /a mark is missing/],
    ['an empty stack', checkpoint('R'), /its stack is empty/],
    ['a missing memo', checkpoint('h\x09'), /memo 9 is missing/],
    ['a string beyond the pickle', checkpoint(`X${word(99999)}a`), /ends early/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => readPyTorch(bytes)).toThrow(message);
    expect(() => readPyTorch(bytes)).toThrow(expect.objectContaining({ name: 'FormatError' }));
  });

  /** A list of two references to a list of two references ...: 2^levels leaves when written out. */
  const doubling = (levels: number) => {
    const recall = (i: number) => `h${String.fromCharCode(i)}`;
    const level = (i: number) => `](${recall(i)}${recall(i)}eq${String.fromCharCode(i + 1)}0`;
    return `]q\x000${Array.from({ length: levels }, (_, i) => level(i)).join('')}${recall(levels)}`;
  };
  const itself = ']q\x00h\x00a';

  it.each<[string, string, RegExp]>([
    ['a key that doubles at every level', `}${doubling(60)}K\x01s`, /must be plain values, but one is \[\[/],
    ['a key that holds itself', `}${itself}K\x01s`, /must be plain values, but one is \[\[/],
    ['a name that doubles at every level', `${doubling(60)}${string('x')}\x93`, /a name is not a string/],
    [
      'a view of a storage that holds itself',
      `(${string('storage')}ctorch\nFloatStorage\n${string('0')}${string('cpu')}K\x02${itself}tQ`,
      /views of storages/,
    ],
  ])('%s ends in an error, not in a hang or an exhausted stack', (_, pickle, message) => {
    expect(() => readPyTorch(checkpoint(pickle))).toThrow(message);
  });

  it('lists that double at every level, or hold a list often, end in an error, not in exhausted memory', () => {
    expect(() => readPyTorch(checkpoint(doubling(60)))).toThrow(/by its dotted paths/);
    const often = `](${'N'.repeat(3000)}eq\x000](${'h\x00'.repeat(3000)}e`;
    expect(() => readPyTorch(checkpoint(often))).toThrow(/holds more than 2000000 values/);
  });

  it('a long key above many values ends in an error, not in exhausted memory', () => {
    const values = 'N'.repeat(100_000);
    expect(() => readPyTorch(checkpoint(`}${string('k'.repeat(100_000))}](${values}es`))).toThrow(
      /longer than 4096 characters/,
    );
  });

  it('refuses long keys as soon as they are met, in every kind of dictionary', () => {
    const long = string('k'.repeat(4097));
    const pickles = [`}${long}K\x01s`, `}(${long}K\x01u`, `ccollections\nOrderedDict\n](${long}K\x01\x86e\x85R`];
    for (const pickle of pickles) expect(() => readPyTorch(checkpoint(pickle))).toThrow(/the key .* longer than 4096/);
    expect(readPyTorch(checkpoint(`}${string('k'.repeat(4096))}K\x01s`)).values).toEqual({ ['k'.repeat(4096)]: 1 });
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
      /refers to "os.system"/,
    ],
    [
      'a rebuilding of rebuildings',
      'ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._tensor\n_rebuild_from_type_v2\nctorch\nTensor\n)tR',
      /calls "torch._tensor._rebuild_from_type_v2" in a rebuilding/,
    ],
    ['a device of lists', `ctorch\ndevice\n(${itself}tR`, /a device must have a kind and a number/],
    ['bytes in another encoding', `c_codecs\nencode\n(${string('a')}${string('rot13')}tR`, /must be text in latin1/],
    ['a negated tensor', `${tensor().slice(0, -2)}}${string('neg')}\x88stR`, /stored negated or conjugated/],
    [
      'one path twice',
      `}(${string('a.b')}${tensor()}${string('a')}}${string('b')}${tensor()}su`,
      /"a.b" is the path of two tensors/,
    ],
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

  it('lists tensors of types that are not read, and refuses them when they are asked for', () => {
    const { tensors } = readPyTorch(gunzipped(pythonFiles().complexPt));
    expect(Object.keys(tensors)).toEqual(['w', 'c', 'n']);
    expect(tensors.w).toEqual({ shape: [3, 2], dtype: 'float32', data: Float32Array.of(0, 3, 1, 4, 2, 5) });
    expect(tensors.n).toEqual({ shape: [2], dtype: 'float32', data: Float32Array.of(2 ** -126, 2 ** -125) });
    expect(() => tensors.c).toThrow('readPyTorch: "c" is a tensor of torch.complex64, which is not read');
  });

  it('checks the checksums of a zip, where there are any', () => {
    const file = gunzipped(pythonFiles().noChecksumsPt);
    expect(readPyTorch(file).tensors.w.data).toEqual(Float32Array.of(0, 1, 2, 3));
    const damaged = bytesOf('training.pt');
    const at = damaged.lastIndexOf(0x3f, damaged.length / 2); // in the data of a float
    damaged[at] ^= 1;
    expect(() => readPyTorch(damaged)).toThrow(/is damaged: its bytes are not what its checksum says/);
  });

  it('a tensor of many axes that repeats one element is made at once', () => {
    const shape = [6e7, ...new Array<number>(63).fill(1)];
    const { tensors } = readPyTorch(checkpoint(`](${tensor({ shape, stride: shape.map(() => 0) })}e`));
    expect(tensors['0'].data.length).toBe(6e7);
  });

  it('views of every kind come out as numpy makes them contiguous', () => {
    const storage = Float32Array.from({ length: 24 }, (_, i) => i);
    const view = (shape: number[], stride: number[], offset = 0) =>
      Array.from(
        readPyTorch(
          checkpoint(`](${tensor({ count: 24, shape, stride, offset })}e`, {
            'x/data/0': new Uint8Array(storage.buffer),
          }),
        ).tensors['0'].data as Float32Array,
      );
    // numpy: as_strided(arange(24, dtype='f4')[offset:], shape, 4 * strides).ravel()
    expect(view([2, 3, 4], [12, 4, 1])).toEqual([...storage]);
    expect(view([4, 3], [1, 4])).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
    expect(view([2, 1, 3], [6, 99, 2], 1)).toEqual([1, 3, 5, 7, 9, 11]);
    expect(view([2, 2, 2], [0, 1, 0], 5)).toEqual([5, 5, 6, 6, 5, 5, 6, 6]);
    expect(view([3, 2], [2, 1])).toEqual([0, 1, 2, 3, 4, 5]);
    expect(view([2, 3], [12, 4])).toEqual([0, 4, 8, 12, 16, 20]);
    expect(view([0, 3], [3, 1])).toEqual([]);
    expect(view([1, 1], [7, 7], 23)).toEqual([23]);
    expect(view([], [], 2)).toEqual([2]);
  });

  it('one tensor that is referred to without end ends in an error, not in exhausted memory', () => {
    const often = `](${tensor()}q\x01${'h\x01'.repeat(100_000)}e`;
    expect(() => readPyTorch(checkpoint(often))).toThrow(
      /would grow beyond what a file of \d+ bytes may hold, by "16\d\d\d"/,
    );
  });
});
