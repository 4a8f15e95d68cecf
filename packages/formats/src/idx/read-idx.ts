import { checkOptions, describeValue, rules, refuseFile, type RefuseFile } from '../errors/index.ts';
import { plainBytes, type FileBytes } from '../ranges/plain-bytes.ts';

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
 * **Memory** a copy; the bytes may be reused.
 *
 * @throws FormatError if the bytes are no idx file (a `.gz` must go through `gunzip` first), or too few or too many
 * @see LeCun, Cortes, Burges: The MNIST database of handwritten digits, "file formats"
 * @example
 * const { shape, data } = readIdx(await gunzip(bytes), { name: 'train-images-idx3-ubyte' });
 */
export function readIdx(bytes: FileBytes, options: ReadIdxOptions = {}): IdxArray {
  const where = 'readIdx';
  const { name = 'idx' } = checkOptions(where, options, { name: rules.text });
  const refuse: RefuseFile = refuseFile(where, name);
  const file = plainBytes(bytes, where);
  const start = Array.from(file.subarray(0, 4));
  if (start[0] === 0x1f && start[1] === 0x8b) refuse('is a gzip file; unpack it first (see gunzip)');
  const type = types[start[2] as keyof typeof types];
  const sound = start.length === 4 && start[0] === 0 && start[1] === 0 && type !== undefined && start[3] > 0;
  if (!sound) refuse(`is not an idx file: it begins with the bytes ${describeValue(start)}`);

  const head = 4 + 4 * start[3];
  if (file.length < head) refuse(`is cut: its header takes ${head} bytes, but it has ${file.length}`);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const shape = Array.from({ length: start[3] }, (_, i) => view.getUint32(4 + 4 * i));
  const size = shape.reduce((a, b) => a * b, 1);
  const expected = head + size * type.bytes;
  if (file.length !== expected) {
    refuse(`has ${file.length} bytes, but shape ${describeValue(shape)} takes ${expected}`);
  }

  if (start[2] === 0x08) return { shape, data: file.slice(head) };
  const data = type.make(size);
  for (let i = 0; i < size; i++) data[i] = type.read(view, head + i * type.bytes);
  return { shape, data };
}
