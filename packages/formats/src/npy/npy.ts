import { check } from '../errors/index.ts';

/** An array as numpy stores it, row-major. */
export interface NpyArray {
  shape: number[];
  data: Uint8Array | Int8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array;
}

const types = {
  u1: Uint8Array,
  b1: Uint8Array,
  i1: Int8Array,
  i2: Int16Array,
  u2: Uint16Array,
  i4: Int32Array,
  u4: Uint32Array,
  f4: Float32Array,
  f8: Float64Array,
} as const;

/** How an npy file is read. */
export interface ReadNpyOptions {
  /** What messages call the file. Default `npy`. */
  name?: string;
}

/**
 * The array in a numpy `.npy` file. 64-bit integers become doubles, booleans bytes.
 *
 * @throws DiptychError if the bytes are no npy file, the array is big-endian, in Fortran order, of objects, or cut, or a
 * 64-bit integer is beyond 2^53.
 * @see numpy.lib.format, versions 1.0 to 3.0
 * @example
 * const { shape, data } = readNpy(bytes, { name: 'mu.npy' });
 */
export function readNpy(bytes: Uint8Array, options: ReadNpyOptions = {}): NpyArray {
  const where = 'readNpy';
  const { name = 'npy' } = options;
  const magic = String.fromCharCode(...bytes.subarray(1, 6));
  check(bytes.length >= 10 && bytes[0] === 0x93 && magic === 'NUMPY', where, name, 'an npy file', 'other bytes');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = bytes[6] === 1 ? 10 : 12;
  check(bytes.length >= start, where, name, 'a whole npy file', `${bytes.length} bytes`);
  const from = start + (bytes[6] === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  const header = new TextDecoder().decode(bytes.subarray(start, from));

  const descr = /'descr':\s*'([<>|=])([a-z]\d+)'/.exec(header);
  const sizes = /'shape':\s*\(([\d,\s]*)\)/.exec(header);
  check(descr && sizes, where, name, 'an array of numbers', header.trim());
  const [, order, type] = descr;
  check(order !== '>', where, name, 'little-endian', header.trim());
  check(/'fortran_order':\s*False/.test(header), where, name, 'in row-major order', header.trim());
  const shape = sizes[1]
    .split(',')
    .filter((text) => text.trim() !== '')
    .map(Number);
  const size = shape.reduce((a, b) => a * b, 1);

  const wide = type === 'i8' || type === 'u8';
  const Numbers = wide ? undefined : types[type as keyof typeof types];
  check(wide || Numbers, where, name, 'of a known number type', type);
  const length = size * (Numbers?.BYTES_PER_ELEMENT ?? 8);
  check(
    bytes.length - from === length,
    where,
    name,
    `${length} bytes of numbers for shape [${shape}]`,
    bytes.length - from,
  );
  // A copy: the numbers must lie at a multiple of their size.
  const body = bytes.slice(from).buffer;
  if (Numbers) return { shape, data: new Numbers(body) };
  const integers = type === 'i8' ? new BigInt64Array(body) : new BigUint64Array(body);
  return {
    shape,
    data: Float64Array.from(integers, (value: bigint, i: number) => {
      const number = Number(value);
      if (!Number.isSafeInteger(number)) check(false, where, `${name}[${i}]`, 'below 2^53', String(value));
      return number;
    }),
  };
}

/**
 * An array as the bytes of a numpy `.npy` file, version 1.0.
 *
 * @throws DiptychError if the shape does not fit the numbers.
 * @see numpy.lib.format
 * @example
 * const bytes = writeNpy({ shape: [64], data: mean });
 */
export function writeNpy({ shape, data }: NpyArray): Uint8Array<ArrayBuffer> {
  const size = shape.reduce((a, b) => a * b, 1);
  check(size === data.length, 'writeNpy', 'data', `${size} numbers for shape [${shape}]`, data.length);
  const [type] = Object.entries(types).find(([, Numbers]) => data instanceof Numbers)!;
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const order = data.BYTES_PER_ELEMENT === 1 ? '|' : '<';
  const header = `{'descr': '${order}${type}', 'fortran_order': False, 'shape': ${tuple}, }`;
  // Numbers begin at a multiple of 64 bytes; the header ends on a line break.
  const padded = `${header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11)}\n`;
  const bytes = new Uint8Array(10 + padded.length + data.byteLength);
  bytes.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, padded.length & 255, padded.length >> 8]);
  bytes.set(new TextEncoder().encode(padded), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + padded.length);
  return bytes;
}
