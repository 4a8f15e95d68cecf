import { check, checkOptions, checkRule, describeValue, rules, refuseFile, type RefuseFile } from '../errors/index.ts';
import { plainBytes, type FileBytes } from '../ranges/plain-bytes.ts';
import { float16, widenFloats } from '../tensors/small-floats.ts';
import { Unsupported } from '../tensors/unsupported.ts';

/** An array as numpy stores it, row-major. */
export interface NpyArray {
  shape: number[];
  data: Uint8Array | Int8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array;
}

/** What the numbers of a file were, by numpy's name; in memory 64-bit integers are doubles and float16 is float32. */
export type NpyDtype = 'bool' | `${'uint' | 'int'}${8 | 16 | 32 | 64}` | `float${16 | 32 | 64}`;

/** An array that was read, with the type that it has in its file. */
export interface NpyFile extends NpyArray {
  dtype: NpyDtype;
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

const dtypes: Readonly<Record<string, NpyDtype>> = {
  b1: 'bool',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
};

/** What numpy's other types hold, by their first letter. */
const others: Readonly<Record<string, string>> = {
  O: 'Python objects',
  U: 'strings',
  S: 'strings',
  c: 'complex numbers',
  M: 'dates',
  m: 'durations',
  V: 'records',
  f: 'floats of another size',
};

/** How an npy file is read. */
export interface ReadNpyOptions {
  /** What messages call the file. Default `npy`. */
  name?: string;
}

/**
 * The array in a numpy `.npy` file. 64-bit integers become doubles, half precision becomes float32, booleans bytes; arrays in Fortran
 * order or big-endian come out row-major like all others. `dtype` says what the numbers were in the file.
 *
 * **Memory** a copy; the bytes may be reused.
 *
 * @throws FormatError if the bytes are no npy file, the array is cut or holds anything but real numbers, or a 64-bit integer is
 * beyond 2^53
 * @see numpy.lib.format, versions 1.0 to 3.0
 * @example
 * const { shape, dtype, data } = readNpy(bytes, { name: 'mu.npy' });
 */
export function readNpy(bytes: FileBytes, options: ReadNpyOptions = {}): NpyFile {
  const where = 'readNpy';
  const { name = 'npy' } = checkOptions(where, options, { name: rules.text });
  const refuse: RefuseFile = refuseFile(where, name);
  const lack = (sentence: string): never => {
    throw new Unsupported(where, `${name} ${sentence}`);
  };
  const file = plainBytes(bytes, where);
  const { header, start } = headerOf(file, refuse);
  const type = typeOf(header, refuse, lack);
  const shape = shapeOf(header, refuse);
  const size = shape.reduce((a, b) => a * b, 1);
  const length = size * type.bytes;
  const there = file.length - start;
  if (there !== length) refuse(`has ${there} bytes of numbers, but shape [${shape}] takes ${length}`);
  // A copy: the numbers must lie at a multiple of their size.
  const body = new Uint8Array(file.subarray(start));
  if (type.bigEndian) reverseEach(body, type.bytes);
  const fortran = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  if (!fortran) refuse(`has a header without fortran_order: ${describeValue(header.trim())}`);
  const rows = fortran === 'True' ? rowMajor(body, shape, type.bytes) : body;
  return { shape, dtype: dtypes[type.code], data: numbersIn(rows.buffer, type.code, lack) };
}

/**
 * An array as the bytes of a numpy `.npy` file, version 1.0.
 *
 * @throws DiptychError if the shape does not fit the numbers, or these are of a type that an npy array does not have here
 * @see numpy.lib.format
 * @example
 * const bytes = writeNpy({ shape: [64], data: mean });
 */
export function writeNpy(array: NpyArray): Uint8Array<ArrayBuffer> {
  const where = 'writeNpy';
  checkRule(where, 'array', rules.record, array);
  const { shape, data } = array;
  const sizes = Array.isArray(shape) && shape.length <= 64 && shape.every((n) => Number.isSafeInteger(n) && n >= 0);
  check(sizes, where, 'shape', 'at most 64 sizes', shape);
  const type = Object.entries(types).find(([, Numbers]) => data instanceof Numbers)?.[0];
  check(type, where, 'data', 'integers of 8 to 32 bits or floats', data);
  const size = shape.reduce((a, b) => a * b, 1);
  check(size === data.length, where, 'data', `${size} numbers for shape [${shape}]`, data.length);
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

type Refuse = (sentence: string) => never;

/** The header, a dictionary in Python's writing, and where the numbers begin. */
function headerOf(file: Uint8Array, refuse: Refuse): { header: string; start: number } {
  const magic = String.fromCharCode(...file.subarray(1, 6));
  if (!(file.length >= 10 && file[0] === 0x93 && magic === 'NUMPY')) refuse('is not an npy file');
  const [version, view] = [file[6], new DataView(file.buffer, file.byteOffset, file.byteLength)];
  if (!(version >= 1 && version <= 3)) refuse(`is an npy file of the unknown version ${version}`);
  const from = version === 1 ? 10 : 12;
  const start = from + (version === 1 || file.length < 12 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (file.length < start) refuse('is cut: its header is not whole');
  // numpy itself refuses longer ones.
  if (start - from > 10_000) refuse(`has a header of ${start - from} bytes, which no array of numbers needs`);
  return { header: new TextDecoder().decode(file.subarray(from, start)), start };
}

function typeOf(header: string, refuse: Refuse, lack: Refuse): { code: string; bytes: number; bigEndian: boolean } {
  const [, order, code] = /'descr':\s*'([<>|=]?)([^']*)'/.exec(header) ?? [];
  if (code === undefined && /'descr':\s*\[/.test(header)) lack('holds records, which are no array of numbers');
  if (code === undefined) refuse(`has a header without a type: ${describeValue(header.trim())}`);
  const bytes = Object.hasOwn(types, code) ? types[code as keyof typeof types].BYTES_PER_ELEMENT : sizes[code];
  if (bytes === undefined) {
    const what = Object.hasOwn(others, code[0] ?? '') ? others[code[0]] : 'elements';
    lack(`holds ${what} of type ${describeValue(`${order}${code}`)}, which are not read`);
  }
  return { code, bytes, bigEndian: order === '>' };
}

/** Bytes of the types that are converted. */
const sizes: Readonly<Record<string, number | undefined>> = { f2: 2, i8: 8, u8: 8 };

function shapeOf(header: string, refuse: Refuse): number[] {
  const tuple = /'shape':\s*\(([\d,\sL]*)\)/.exec(header)?.[1];
  if (tuple === undefined) refuse(`has a header without a shape: ${describeValue(header.trim())}`);
  const shape = tuple!
    .split(',')
    .map((text) => text.trim().replace(/L$/, ''))
    .filter((text) => text !== '')
    .map(Number);
  const sound = shape.length <= 64 && shape.every((n) => Number.isSafeInteger(n));
  if (!sound) refuse(`has the shape ${describeValue(shape)}, beyond what an array can have`);
  return shape;
}

function numbersIn(buffer: ArrayBuffer, code: string, lack: Refuse): NpyArray['data'] {
  if (Object.hasOwn(types, code)) return new types[code as keyof typeof types](buffer);
  if (code === 'f2') return widenFloats(new Uint16Array(buffer), float16);
  const integers = code === 'i8' ? new BigInt64Array(buffer) : new BigUint64Array(buffer);
  return Float64Array.from(integers, (value: bigint, i: number) => {
    const number = Number(value);
    if (!Number.isSafeInteger(number)) lack(`holds ${value} as number ${i}, beyond 2^53`);
    return number;
  });
}

function reverseEach(body: Uint8Array, bytes: number): void {
  for (let at = 0; at < body.length; at += bytes) body.subarray(at, at + bytes).reverse();
}

/** Elements in Fortran order, whose first axis runs fastest, in the order of rows. */
function rowMajor(body: Uint8Array<ArrayBuffer>, shape: readonly number[], bytes: number): Uint8Array<ArrayBuffer> {
  const rows = new Uint8Array(body.length);
  const steps = shape.map((_, axis) => shape.slice(0, axis).reduce((a, b) => a * b, bytes));
  const index = shape.map(() => 0);
  for (let to = 0, from = 0; to < rows.length; to += bytes) {
    for (let b = 0; b < bytes; b++) rows[to + b] = body[from + b];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += steps[axis];
      if (++index[axis] < shape[axis]) break;
      from -= steps[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return rows;
}
