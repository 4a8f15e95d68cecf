import { describeValue, FormatError } from '../errors/index.ts';
import { longestName } from '../tensors/limits.ts';
import { Fields, Global, StridedTensor, type Storage } from './pickle-values.ts';

/** Refuses a pickle. */
export function refuse(sentence: string): never {
  throw new FormatError('readPyTorch', sentence);
}

/** Bytes of the element types of PyTorch that no host tensor holds. */
export const unreadTypes: Readonly<Record<string, number>> = {
  complex32: 4,
  complex64: 8,
  complex128: 16,
  float4_e2m1fn_x2: 1,
  qint8: 1,
  quint8: 1,
  qint32: 4,
  quint4x2: 1,
  quint2x4: 1,
  bits8: 1,
  bits16: 2,
};

/** Element types by the name of PyTorch's storage classes. */
const storageTypes: Readonly<Record<string, string | undefined>> = {
  'torch.DoubleStorage': 'F64',
  'torch.FloatStorage': 'F32',
  'torch.HalfStorage': 'F16',
  'torch.BFloat16Storage': 'BF16',
  'torch.LongStorage': 'I64',
  'torch.IntStorage': 'I32',
  'torch.ShortStorage': 'I16',
  'torch.CharStorage': 'I8',
  'torch.ByteStorage': 'U8',
  'torch.BoolStorage': 'BOOL',
  'torch.ComplexFloatStorage': 'complex64',
  'torch.ComplexDoubleStorage': 'complex128',
  'torch.QInt8Storage': 'qint8',
  'torch.QUInt8Storage': 'quint8',
  'torch.QInt32Storage': 'qint32',
  'torch.QUInt4x2Storage': 'quint4x2',
  'torch.QUInt2x4Storage': 'quint2x4',
  'torch.storage.UntypedStorage': undefined,
};

/** Element types by the name of PyTorch's dtypes. */
const dtypes: Readonly<Record<string, string>> = {
  'torch.float64': 'F64',
  'torch.float32': 'F32',
  'torch.float16': 'F16',
  'torch.bfloat16': 'BF16',
  'torch.float8_e4m3fn': 'F8_E4M3',
  'torch.float8_e5m2': 'F8_E5M2',
  'torch.float8_e4m3fnuz': 'F8_E4M3FNUZ',
  'torch.float8_e5m2fnuz': 'F8_E5M2FNUZ',
  'torch.float8_e8m0fnu': 'F8_E8M0',
  'torch.int64': 'I64',
  'torch.int32': 'I32',
  'torch.int16': 'I16',
  'torch.int8': 'I8',
  'torch.uint64': 'U64',
  'torch.uint32': 'U32',
  'torch.uint16': 'U16',
  'torch.uint8': 'U8',
  'torch.bool': 'BOOL',
  ...Object.fromEntries(Object.keys(unreadTypes).map((type) => [`torch.${type}`, type])),
};

/** What a pickle may call, and what we do in its place. */
const calls: Readonly<Record<string, (args: unknown[]) => unknown>> = {
  'collections.OrderedDict': ([pairs = []]) => new Map(pairsOf(pairs).map(([key, value]) => [keyOf(key), value])),
  'torch.Size': ([sizes]) => sizes,
  'torch._utils._rebuild_tensor': (args) => tensorOf(args),
  'torch._utils._rebuild_tensor_v2': (args) => tensorOf(args, undefined, args[6]),
  'torch._utils._rebuild_tensor_v3': (args) => tensorOf(args, dtypes[nameOf(args[6])], args[7]),
  'torch._utils._rebuild_parameter': ([data]) => data,
  'torch._utils._rebuild_parameter_with_state': ([data]) => data,
  'torch._tensor._rebuild_from_type_v2': ([rebuild, , args]) => rebuilt(rebuild, args),
  'torch.device': (parts) => deviceOf(parts),
  '_codecs.encode': ([text, encoding]) => bytesOf(text, encoding),
  '__builtin__.bytes': () => new Uint8Array(0),
  'builtins.bytes': () => new Uint8Array(0),
  '__builtin__.set': ([items = []]) => items,
  'builtins.set': ([items = []]) => items,
};

/** Classes that a pickle may name beside a tensor that carries attributes. */
const tensorClasses = ['torch.Tensor', 'torch._tensor.Tensor', 'torch.nn.parameter.Parameter'];

/** Classes whose objects are made without a call and filled with fields. */
const fieldClasses = ['argparse.Namespace'];

/** A name that a pickle refers to; refused unless it is on the list. */
export function globalOf(module: string, name: string): Global {
  const full = `${module}.${name}`;
  const known =
    [storageTypes, dtypes, calls].some((list) => Object.hasOwn(list, full)) ||
    [...fieldClasses, ...tensorClasses].includes(full);
  if (!known) refuse(`the pickle refers to ${describeValue(full)}; only tensors and plain values are allowed`);
  return new Global(full);
}

/** A key of a dictionary, refused if it is too long. */
export function keyOf(key: unknown): unknown {
  const long = typeof key === 'string' && key.length > longestName;
  if (long) refuse(`the key ${describeValue(key.slice(0, 100))}… is longer than ${longestName} characters`);
  return key;
}

/** What a call on the list gives. */
export function callOf(callee: unknown, args: unknown): unknown {
  const name = nameOf(callee);
  const allowed = Object.hasOwn(calls, name) && Array.isArray(args);
  if (!allowed) refuse(`the pickle calls ${describeValue(name)}; only the rebuilding of tensors is allowed`);
  return calls[name](args as unknown[]);
}

/** An empty object of a class on the list. */
export function objectOf(callee: unknown): Fields | Map<unknown, unknown> {
  const name = nameOf(callee);
  if (name === 'collections.OrderedDict') return new Map();
  if (!fieldClasses.includes(name)) refuse(`the pickle makes an object of ${describeValue(name)}; none are allowed`);
  return new Fields();
}

/** The storage that a persistent id names: ('storage', class, key, place, count). */
export function storageOf(id: unknown): Storage {
  const parts = Array.isArray(id) ? (id as unknown[]) : [];
  const [kind, type, key, , count, view] = parts;
  const name = nameOf(type);
  const known = kind === 'storage' && Object.hasOwn(storageTypes, name) && typeof key === 'string' && isCount(count);
  if (!known) refuse(`a storage must have a known type, a key and a count, but its type is ${describeValue(name)}`);
  if (view != null) refuse('the pickle holds views of storages, a format before PyTorch 0.4 that is not read');
  return { key: key as string, type: storageTypes[name], count: count as number };
}

function tensorOf(
  [storage, offset, shape, strides]: unknown[],
  type = (storage as Storage | undefined)?.type,
  flags?: unknown,
): StridedTensor {
  const flagged = flags instanceof Map && [...flags.values()].some(Boolean);
  if (flagged) refuse('the pickle holds a tensor that is stored negated or conjugated, which is not read');
  const sizes = (value: unknown): value is number[] =>
    Array.isArray(value) && value.length <= 64 && value.every(isCount);
  const whole =
    typeof storage === 'object' && storage !== null && 'key' in storage && typeof type === 'string' && isCount(offset);
  const fits = whole && sizes(shape) && sizes(strides) && shape.length === strides.length;
  if (!fits) refuse('a tensor must have a storage of a type, an offset, and as many sizes as strides');
  return new StridedTensor(storage as Storage, type!, offset as number, shape as number[], strides as number[]);
}

/** A tensor that carries attributes, without these. */
function rebuilt(rebuild: unknown, args: unknown): unknown {
  const name = nameOf(rebuild);
  const plain = name.startsWith('torch._utils.');
  if (!plain) refuse(`the pickle calls ${describeValue(name)} in a rebuilding; only that of tensors is allowed`);
  return callOf(rebuild, args);
}

function deviceOf(parts: unknown[]): string {
  const [kind, index] = parts;
  const known = typeof kind === 'string' && (index === undefined || isCount(index)) && parts.length <= 2;
  if (!known) refuse(`a device must have a kind and a number, but is made of ${describeValue(parts)}`);
  return index === undefined ? String(kind) : `${String(kind)}:${String(index)}`;
}

/** Bytes, which pickles of protocol 2 hold as text. */
function bytesOf(text: unknown, encoding: unknown): Uint8Array {
  const known = typeof text === 'string' && encoding === 'latin1' && /^[\0-\xff]*$/.test(text);
  if (!known) refuse(`bytes must be text in latin1, but the encoding is ${describeValue(encoding)}`);
  return Uint8Array.from(text as string, (letter) => letter.charCodeAt(0));
}

function pairsOf(value: unknown): [unknown, unknown][] {
  const pairs = Array.isArray(value) && value.every((pair) => Array.isArray(pair) && pair.length === 2);
  if (!pairs) refuse('a dictionary must be made of pairs');
  return value as [unknown, unknown][];
}

const nameOf = (value: unknown) => (value instanceof Global ? value.name : typeof value);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
