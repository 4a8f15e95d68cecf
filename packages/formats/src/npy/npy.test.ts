import { gunzipped, pythonFiles } from '@diptych/test-utils/formats';
import { describe, expect, it } from 'vitest';
import { readNpy, writeNpy } from './npy.ts';

const npy = (header: string, body: number[]) => {
  const text = new TextEncoder().encode(header);
  return Uint8Array.from([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, text.length, 0, ...text, ...body]);
};

describe('readNpy and writeNpy', () => {
  it('give every array back, whatever its type and shape', () => {
    for (const data of [
      new Uint8Array([1, 2]),
      new Int16Array([-1, 300]),
      new Float32Array([1.5, -2]),
      new Float64Array([1e300, 2]),
    ]) {
      for (const shape of [[2], [1, 2], [2, 1, 1]]) {
        const bytes = writeNpy({ shape, data });
        expect((bytes.length - data.byteLength) % 64).toBe(0);
        expect(readNpy(bytes)).toEqual({ shape, data, dtype: data.constructor.name.slice(0, -5).toLowerCase() });
      }
    }
    expect(readNpy(writeNpy({ shape: [], data: new Float64Array([7]) }))).toEqual({
      shape: [],
      dtype: 'float64',
      data: new Float64Array([7]),
    });
  });

  it('read 64-bit integers as doubles, up to 2^53', () => {
    const header = "{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }\n";
    const body = [...new Uint8Array(new BigInt64Array([-5n, 2n ** 40n]).buffer)];
    expect(readNpy(npy(header, body)).data).toEqual(new Float64Array([-5, 2 ** 40]));
    const large = [...new Uint8Array(new BigInt64Array([0n, 2n ** 60n]).buffer)];
    expect(() => readNpy(npy(header, large), { name: 'n' })).toThrow(
      /n holds 1152921504606846976 as number 1, beyond 2\^53/,
    );
  });

  it.each([
    ['|b1', 'bool', 1],
    ['|i1', 'int8', 1],
    ['>u2', 'uint16', 2],
    ['=i4', 'int32', 4],
    ['<u4', 'uint32', 4],
    ['<i8', 'int64', 8],
    ['>u8', 'uint64', 8],
    ['<f2', 'float16', 2],
    ['f8', 'float64', 8],
  ])('say that %s is %s, whatever it is in memory', (descr, dtype, bytes) => {
    const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (1,), }`;
    expect(readNpy(npy(header, new Array<number>(bytes).fill(0)))).toMatchObject({ dtype, shape: [1] });
  });

  it('refuse other bytes and arrays that would be read wrongly', () => {
    const of = (descr: string, fortran: string, shape: string) =>
      npy(`{'descr': ${descr}, 'fortran_order': ${fortran}, 'shape': (${shape}), }`, [0, 0, 0, 0]);
    expect(() => readNpy(new Uint8Array(20), { name: 'x' })).toThrow(/x is not an npy file/);
    expect(() => readNpy(of("'|O'", 'False', '1,'))).toThrow(
      /npy holds Python objects of type "\|O", which are not read/,
    );
    expect(() => readNpy(of("'<U1'", 'False', '1,'))).toThrow(/strings of type "<U1"/);
    expect(() => readNpy(of("'<c8'", 'False', '1,'))).toThrow(/complex numbers of type "<c8"/);
    expect(() => readNpy(of("'<M8[ns]'", 'False', '1,'))).toThrow(/dates of type/);
    expect(() => readNpy(of("[('a', '<f4')]", 'False', '1,'))).toThrow(/holds records/);
    expect(() => readNpy(of("'<f4'", 'False', '2,'))).toThrow(/4 bytes of numbers, but shape \[2\] takes 8/);
    expect(() => writeNpy({ shape: [3], data: new Uint8Array(2) })).toThrow(/3 numbers/);
  });
});

describe('readNpy, on arrays that numpy saved', () => {
  it.each(Object.entries(pythonFiles().npy))('reads %s', (_, { bytes, shape, data }) => {
    const array = readNpy(gunzipped(bytes));
    expect(array.shape).toEqual(shape);
    expect(Array.from(array.data)).toEqual(data);
  });

  it('refuses to write what npy has no type for here', () => {
    expect(() => writeNpy({ shape: [1], data: new BigInt64Array(1) as never })).toThrow(
      /data must be integers of 8 to 32/,
    );
    expect(() => writeNpy({ shape: [-1], data: new Uint8Array(1) })).toThrow(/shape must be at most 64 sizes/);
  });
});
