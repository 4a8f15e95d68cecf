import { check } from '../errors/index.ts';

/** An array of an idx file. */
export interface IdxArray {
  shape: number[];
  data: Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;
}

/** How an idx file is read. */
export interface ReadIdxOptions {
  /** What messages call the file. Default `idx`. */
  name?: string;
}

const types = {
  0x08: { bytes: 1, make: (n: number) => new Uint8Array(n), read: (v: DataView, at: number) => v.getUint8(at) },
  0x09: { bytes: 1, make: (n: number) => new Int8Array(n), read: (v: DataView, at: number) => v.getInt8(at) },
  0x0b: { bytes: 2, make: (n: number) => new Int16Array(n), read: (v: DataView, at: number) => v.getInt16(at) },
  0x0c: { bytes: 4, make: (n: number) => new Int32Array(n), read: (v: DataView, at: number) => v.getInt32(at) },
  0x0d: { bytes: 4, make: (n: number) => new Float32Array(n), read: (v: DataView, at: number) => v.getFloat32(at) },
  0x0e: { bytes: 8, make: (n: number) => new Float64Array(n), read: (v: DataView, at: number) => v.getFloat64(at) },
} as const;

/**
 * The array in an idx file: two zero bytes, a type, the number of dimensions, their sizes, the numbers, all big-endian.
 *
 * @throws DiptychError if the bytes are no idx file (a `.gz` must go through `gunzip` first), or too few or too many.
 * @see LeCun, Cortes, Burges: The MNIST database of handwritten digits, "file formats"
 * @example
 * const { shape, data } = readIdx(await gunzip(bytes), { name: 'train-images-idx3-ubyte' });
 */
export function readIdx(bytes: Uint8Array, options: ReadIdxOptions = {}): IdxArray {
  const where = 'readIdx';
  const { name = 'idx' } = options;
  const start = Array.from(bytes.subarray(0, 4));
  check(start[0] !== 0x1f || start[1] !== 0x8b, where, name, 'unpacked (see gunzip)', 'a gzip file');
  const type = types[start[2] as keyof typeof types];
  const sound = start.length === 4 && start[0] === 0 && start[1] === 0 && type !== undefined && start[3] > 0;
  check(sound, where, name, 'an idx file', `the first bytes ${start.join(' ')}`);

  const head = 4 + 4 * start[3];
  check(bytes.length >= head, where, name, `at least ${head} bytes long`, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: start[3] }, (_, i) => view.getUint32(4 + 4 * i));
  const size = shape.reduce((a, b) => a * b, 1);
  const expected = head + size * type.bytes;
  check(bytes.length === expected, where, name, `${expected} bytes long for shape [${shape}]`, bytes.length);

  if (start[2] === 0x08) return { shape, data: bytes.slice(head) };
  const data = type.make(size);
  for (let i = 0; i < size; i++) data[i] = type.read(view, head + i * type.bytes);
  return { shape, data };
}
