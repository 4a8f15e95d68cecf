import { foldIn, key } from '@diptych/core';
import { integers } from '@diptych/core/random';
import { DiptychError } from '../errors/index.ts';
import { pythonFiles } from '@diptych/test-utils/formats';
import { describe, expect, it } from 'vitest';
import type { HostTensors } from '../tensors/host-tensor.ts';
import { openSafetensors } from './open-safetensors.ts';
import { readSafetensors } from './read-safetensors.ts';
import { writeSafetensors } from './write-safetensors.ts';

/** A file made by hand: header as JSON text, then data. */
function file(header: unknown, data: Uint8Array = new Uint8Array(0), length?: bigint): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

const bytesOf = (data: ArrayBufferView) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

const everyType: HostTensors = {
  'a.float64': { shape: [2], dtype: 'float64', data: Float64Array.of(Math.PI, -1e300) },
  'b.float32': { shape: [2, 3], dtype: 'float32', data: Float32Array.of(1, 2, 3, 4, 5, -0) },
  'c.int64': { shape: [2], dtype: 'int64', data: BigInt64Array.of(-(2n ** 60n), 7n) },
  'd.uint64': { shape: [1], dtype: 'uint64', data: BigUint64Array.of(2n ** 63n) },
  'e.int32': { shape: [], dtype: 'int32', data: Int32Array.of(-5) },
  'f.uint32': { shape: [1], dtype: 'uint32', data: Uint32Array.of(4e9) },
  'g.int16': { shape: [3], dtype: 'int16', data: Int16Array.of(-1, 0, 1) },
  'h.uint16': { shape: [1], dtype: 'uint16', data: Uint16Array.of(65535) },
  'i.int8': { shape: [1], dtype: 'int8', data: Int8Array.of(-128) },
  'j.uint8': { shape: [3], dtype: 'uint8', data: Uint8Array.of(1, 2, 255) },
  'k.bool': { shape: [2], dtype: 'bool', data: Uint8Array.of(1, 0) },
  'l.empty': { shape: [0, 4], dtype: 'float32', data: new Float32Array(0) },
  __proto__x: { shape: [1], dtype: 'uint8', data: Uint8Array.of(9) },
};

describe('safetensors', () => {
  it('what is written is read again, all element types and metadata', () => {
    const bytes = writeSafetensors(everyType, { format: 'diptych', note: 'ünïcode "quoted"' });
    const { tensors, metadata } = readSafetensors(bytes);
    expect(tensors).toEqual(everyType);
    expect(metadata).toEqual({ format: 'diptych', note: 'ünïcode "quoted"' });
    expect(writeSafetensors(tensors, metadata)).toEqual(bytes);
  });

  it('reads from any view of a larger buffer, and does not keep it', () => {
    const bytes = writeSafetensors(everyType);
    const pool = Buffer.alloc(bytes.length + 3);
    pool.set(bytes, 3);
    const { tensors } = readSafetensors(pool.subarray(3));
    pool.fill(0);
    expect(tensors).toEqual(everyType);
    expect(readSafetensors(bytes.buffer as ArrayBuffer).tensors).toEqual(everyType);
  });

  it('aligns every tensor to its element size', () => {
    const bytes = writeSafetensors(everyType);
    const start = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(start % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start))) as Record<
      string,
      { data_offsets: number[] }
    >;
    for (const [name, { data }] of Object.entries(everyType)) {
      expect(header[name].data_offsets[0] % data.BYTES_PER_ELEMENT, name).toBe(0);
    }
  });

  it.each([
    ['F16', Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00, 0x8000), [1, -2, 65504, 2 ** -24, Infinity, -0]],
    ['BF16', Uint16Array.of(0x3f80, 0xc040, 0x0001, 0xff80), [1, -3, 2 ** -133, -Infinity]],
    ['F8_E4M3', Uint8Array.of(0x38, 0xb8, 0x7e, 0x01), [1, -1, 448, 2 ** -9]],
    ['F8_E5M2', Uint8Array.of(0x3c, 0x7b, 0x01, 0xfc), [1, 57344, 2 ** -16, -Infinity]],
  ])('%s comes out as float32, exactly', (dtype, codes, values) => {
    const bytes = file({ x: { dtype, shape: [values.length], data_offsets: [0, codes.byteLength] } }, bytesOf(codes));
    expect(readSafetensors(bytes).tensors.x).toEqual({
      dtype: 'float32',
      shape: [values.length],
      data: Float32Array.from(values),
    });
  });

  it('NaN of small floats stays NaN', () => {
    for (const [dtype, code] of Object.entries({
      F16: [0x00, 0x7e],
      BF16: [0xc0, 0x7f],
      F8_E4M3: [0x7f],
      F8_E5M2: [0x7e],
    })) {
      const bytes = file({ x: { dtype, shape: [1], data_offsets: [0, code.length] } }, Uint8Array.from(code));
      expect(readSafetensors(bytes).tensors.x.data[0]).toBeNaN();
    }
  });

  const one = (entry: object) => ({ x: { dtype: 'U8', shape: [2], data_offsets: [0, 2], ...entry } });
  const two = Uint8Array.of(1, 2);
  it.each<[string, Uint8Array, RegExp]>([
    ['shorter than the length', new Uint8Array(7), /at least 8 bytes, this one has 7/],
    ['header beyond the file', file('{}', undefined, 3n), /the header is 3 bytes long, but at most 2 are possible/],
    ['gigantic header', file('{}', undefined, 2n ** 63n), /at most 2 are possible/],
    ['not JSON', file('{"x":'), /header is not JSON/],
    ['not UTF-8', file('{}').fill(0xff, 8), /header is not text in UTF-8/],
    ['not an object', file('[]'), /must be a JSON object/],
    [
      'a name twice',
      file('{"x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}'),
      /the header gives a name twice/,
    ],
    [
      'a name twice by an escape',
      file(
        '{"\\u0078":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}',
      ),
      /the header gives a name twice/,
    ],
    ['metadata of numbers', file({ __metadata__: { step: 3 } }), /__metadata__ must hold strings/],
    ['entry not an object', file({ x: 3 }), /header of "x" must have dtype/],
    ['a dtype that is no name', file(one({ dtype: 3 }), two), /dtype of "x" must be a name, but is 3/],
    ['negative size', file(one({ shape: [-2] }), two), /shape of "x" must be a list of sizes, but is \[-2\]/],
    ['fractional size', file(one({ shape: [0.5, 4] }), two), /shape of "x" must be a list of sizes/],
    ['gigantic shape', file(one({ shape: [2 ** 50, 2 ** 50] }), two), /"x" has 2 bytes, but dtype and shape say 1.26/],
    ['offsets too far apart', file(one({ data_offsets: [0, 3] }), two), /"x" has 3 bytes, but dtype and shape say 2/],
    ['offsets reversed', file(one({ data_offsets: [2, 0] }), two), /must be \[begin, end\]/],
    ['negative offset', file(one({ data_offsets: [-2, 0] }), two), /data_offsets of "x"/],
    ['offset beyond the data', file(one({}), Uint8Array.of(1)), /describes 2 bytes of data, but the file has 1/],
    ['bytes left over', file(one({}), Uint8Array.of(1, 2, 3)), /describes 2 bytes of data, but the file has 3/],
    [
      'gap',
      file(one({ data_offsets: [1, 3] }), Uint8Array.of(1, 2, 3)),
      /"x" begins at byte 1, but byte 0 was expected \(gap\)/,
    ],
    [
      'overlap',
      file({ ...one({}), y: { dtype: 'U8', shape: [2], data_offsets: [1, 3] } }, Uint8Array.of(1, 2, 3)),
      /"y" begins at byte 1, but byte 2 was expected \(overlap\)/,
    ],
  ])('refuses a file with a fault: %s', (_, bytes, message) => {
    expect(() => readSafetensors(bytes)).toThrow(message);
    expect(() => readSafetensors(bytes)).toThrow(expect.objectContaining({ name: 'FormatError' }));
  });

  it('a name of 30 MB and lists of a million levels end in an answer, not in an exhausted stack', () => {
    const entry = '{"dtype":"U8","shape":[0],"data_offsets":[0,0]}';
    const long = 'n'.repeat(3e7);
    expect(() => readSafetensors(file(`{"${long}":${entry}}`))).toThrow(/longer than 4096 characters/);
    expect(() => readSafetensors(file(`{"${'\\\\'.repeat(1e6)}":${entry},"x":1}`))).toThrow(
      /longer than 4096|header of "x"/,
    );
    const deep = `${'['.repeat(1e6)}${']'.repeat(1e6)}`;
    for (const field of [
      `{"x":${deep}}`,
      `{"x":{"dtype":"U8","shape":${deep},"data_offsets":[0,0]}}`,
      `{"__metadata__":${deep}}`,
    ]) {
      expect(() => readSafetensors(file(field))).toThrow(expect.objectContaining({ name: 'FormatError' }));
    }
  });

  it('bounds the number of tensors and of sizes, when it reads and when it writes', () => {
    const entry = '{"dtype":"U8","shape":[0],"data_offsets":[0,0]}';
    const many = (count: number) => file(`{${Array.from({ length: count }, (_, i) => `"${i}":${entry}`).join(',')}}`);
    expect(() => readSafetensors(many(2 ** 18 + 1))).toThrow(/describes 262145 tensors, more than the 262144/);
    const ones = (count: number) => ({
      x: { shape: Array<number>(count).fill(1), dtype: 'uint8', data: Uint8Array.of(7) } as const,
    });
    expect(readSafetensors(writeSafetensors(ones(64))).tensors.x.shape.length).toBe(64);
    expect(() => writeSafetensors(ones(65))).toThrow(/shape of "x" must be at most 64 sizes long/);
    const long = `{"x":{"dtype":"U8","shape":[${ones(65).x.shape}],"data_offsets":[0,1]}}`;
    expect(() => readSafetensors(file(long))).toThrow(/shape of "x" has 65 sizes, but at most 64 are read/);
  });

  it('keeps a tensor whose name is that of the prototype', () => {
    const odd = Object.fromEntries([['__proto__', { shape: [1], dtype: 'uint8', data: Uint8Array.of(9) } as const]]);
    expect(Object.keys(readSafetensors(writeSafetensors(odd)).tensors)).toEqual(['__proto__']);
  });

  it('refuses to write what it could not read', () => {
    const wrong = { shape: [3], dtype: 'uint8', data: two } as const;
    expect(() => writeSafetensors({ x: wrong })).toThrow(/data of "x" must be 3 elements/);
    expect(() => writeSafetensors({ __metadata__: { ...wrong, shape: [2] } })).toThrow(/__metadata__/);
  });

  it('a damaged file is read or refused with a DiptychError, whatever bytes change', () => {
    const original = writeSafetensors(everyType, { note: 'fuzz' });
    let refused = 0;
    for (let round = 0; round < 3000; round++) {
      const draws = integers(foldIn(key(11), round), 9, 2 ** 31);
      let bytes = original.slice();
      for (let i = 0; i < 1 + (draws[0] % 3); i++)
        bytes[draws[1 + i] % (draws[7] % 2 ? 420 : bytes.length)] = draws[4 + i];
      if (draws[8] % 5 === 0) bytes = bytes.subarray(0, draws[1] % bytes.length);
      try {
        for (const { shape, data } of Object.values(readSafetensors(bytes).tensors)) {
          expect(data.length).toBe(shape.reduce((product, n) => product * n, 1));
        }
      } catch (error) {
        if (!DiptychError.isInstance(error)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(1000);
  });

  it.each([
    ['F8_E4M3FNUZ', 'float8_e4m3fnuz'],
    ['F8_E5M2FNUZ', 'float8_e5m2fnuz'],
    ['F8_E8M0', 'float8_e8m0fnu'],
  ])('all 256 codes of %s are what torch makes of %s', (dtype, name) => {
    const codes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const bytes = file({ x: { dtype, shape: [256], data_offsets: [0, 256] } }, codes);
    const values = Array.from(readSafetensors(bytes).tensors.x.data as Float32Array, (v) =>
      Number.isNaN(v) ? 'NaN' : v,
    );
    expect(values).toEqual(pythonFiles().floats[name]);
  });

  it('lists tensors of types that are not read, and refuses them when they are asked for', async () => {
    const types = { F4: 1, F6_E2M3: 3, F6_E3M2: 3, C64: 8, F2_NEW: 1, toString: 1 };
    for (const [dtype, bytes] of Object.entries(types)) {
      const shape = dtype.startsWith('F6') ? [4] : dtype === 'F4' ? [2] : [1];
      const header = {
        w: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
        odd: { dtype, shape, data_offsets: [4, 4 + bytes] },
      };
      const whole = file(header, Uint8Array.from([0, 0, 192, 63, ...new Uint8Array(bytes)]));
      const { tensors } = readSafetensors(whole);
      expect(Object.keys(tensors)).toEqual(['w', 'odd']);
      expect(tensors.w.data).toEqual(Float32Array.of(1.5));
      expect(() => tensors.odd).toThrow(`readSafetensors: "odd" has the dtype "${dtype}"; what is read is F64, F32`);
      const readRange = async (start: number, end: number) => whole.slice(start, end);
      const opened = await openSafetensors({ size: whole.length, readRange });
      expect(opened.names).toEqual(['w', 'odd']);
      expect((await opened.read(['w'])).w.data).toEqual(Float32Array.of(1.5));
      await expect(opened.read(['odd'])).rejects.toThrow(`openSafetensors: "odd" has the dtype "${dtype}"`);
    }
    const wrong = file({ x: { dtype: 'F4', shape: [3], data_offsets: [0, 2] } }, two);
    expect(() => readSafetensors(wrong)).toThrow('"x" has 2 bytes, but dtype and shape say 1.5');
  });

  it('opened by ranges, a file says type and shape of every tensor and gives rows of one', async () => {
    const data = Float32Array.from({ length: 12 }, (_, i) => i);
    const whole = writeSafetensors({
      a: { shape: [3], dtype: 'int8', data: Int8Array.of(1, 2, 3) },
      rows: { shape: [3, 2, 2], dtype: 'float32', data },
      none: { shape: [0, 4], dtype: 'float32', data: new Float32Array(0) },
      scalar: { shape: [], dtype: 'int32', data: Int32Array.of(-5) },
    });
    const asked: number[] = [];
    const readRange = async (start: number, end: number) => {
      asked.push(end - start);
      return whole.slice(start, end);
    };
    const { tensors, readRows } = await openSafetensors({ size: whole.length, readRange });
    expect(tensors.get('rows')).toEqual({ dtype: 'F32', shape: [3, 2, 2] });
    expect(Object.fromEntries([...tensors].map(([name, { dtype }]) => [name, dtype]))).toEqual({
      ...{ a: 'I8', rows: 'F32', none: 'F32', scalar: 'I32' },
    });
    asked.length = 0;
    expect(await readRows('rows', 1, 3)).toEqual({ shape: [2, 2, 2], dtype: 'float32', data: data.slice(4) });
    expect(await readRows('a', 2, 3)).toEqual({ shape: [1], dtype: 'int8', data: Int8Array.of(3) });
    expect(await readRows('rows', 2, 2)).toEqual({ shape: [0, 2, 2], dtype: 'float32', data: new Float32Array(0) });
    expect(await readRows('none', 0, 0)).toEqual({ shape: [0, 4], dtype: 'float32', data: new Float32Array(0) });
    expect(asked).toEqual([32, 1, 0, 0]);
    for (const [from, to] of [
      [0, 4],
      [-1, 1],
      [2, 1],
      [0.5, 1],
      [0, NaN],
    ]) {
      await expect(readRows('rows', from, to)).rejects.toThrow('rows of rows must be a range inside 0..3');
    }
    await expect(readRows('scalar', 0, 1)).rejects.toThrow('rows of scalar must be a range inside 0..0');
    await expect(readRows('other', 0, 1)).rejects.toThrow('names must be those of tensors in the file, got "other"');
    const odd = file({ x: { dtype: 'F4', shape: [4], data_offsets: [0, 2] } }, two);
    const opened = await openSafetensors({ size: odd.length, readRange: async (start, end) => odd.slice(start, end) });
    await expect(opened.readRows('x', 1, 2)).rejects.toThrow('"x" has the dtype "F4"; what is read is F64');
  });

  it('takes metadata of null for none', () => {
    expect(readSafetensors(file({ __metadata__: null, ...one({}) }, two)).metadata).toEqual({});
  });

  it('refuses to write an unknown dtype, numbers of another type, and metadata that are no strings', () => {
    const good = { shape: [2], dtype: 'uint8', data: two } as const;
    const write =
      (change: object, metadata = {}) =>
      () =>
        writeSafetensors({ x: { ...good, ...change } as never }, metadata);
    expect(write({})).not.toThrow();
    expect(write({ dtype: 'float16' })).toThrow('dtype of "x" must be one of "float64", "float32", ');
    expect(write({ dtype: 'toString' })).toThrow('dtype of "x" must be one of');
    expect(write({ data: Float32Array.of(1, 2) })).toThrow('data of "x" must be a Uint8Array, as its dtype says');
    expect(write({ data: [1, 2] })).toThrow('data of "x" must be a Uint8Array');
    expect(write({ shape: [-2] })).toThrow('shape of "x" must be a list of sizes');
    expect(write({}, { step: 3 })).toThrow('metadata "step" must be a string, got 3');
    const long = { ['n'.repeat(4097)]: good };
    expect(() => writeSafetensors(long)).toThrow('name must be at most 4096 characters long');
  });
});
