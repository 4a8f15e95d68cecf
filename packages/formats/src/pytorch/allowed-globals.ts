import { check } from '../errors/index.ts';
import { brief } from '../errors/brief.ts';
import { Fields, Global, StridedTensor, type Storage } from './pickle-values.ts';

const where = 'readPyTorch';

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
  'torch.int64': 'I64',
  'torch.int32': 'I32',
  'torch.int16': 'I16',
  'torch.int8': 'I8',
  'torch.uint64': 'U64',
  'torch.uint32': 'U32',
  'torch.uint16': 'U16',
  'torch.uint8': 'U8',
  'torch.bool': 'BOOL',
};

/** What a pickle may call, and what we do in its place. */
const calls: Readonly<Record<string, (args: unknown[]) => unknown>> = {
  'collections.OrderedDict': ([pairs = []]) => new Map(pairsOf(pairs)),
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
  check(known, where, 'pickle', 'one that only holds tensors and plain values; it refers to', full);
  return new Global(full);
}

/** What a call on the list gives. */
export function callOf(callee: unknown, args: unknown): unknown {
  const name = nameOf(callee);
  const allowed = Object.hasOwn(calls, name) && Array.isArray(args);
  check(allowed, where, 'pickle', 'one that calls nothing but the rebuilding of tensors; it calls', name);
  return calls[name](args as unknown[]);
}

/** An empty object of a class on the list. */
export function objectOf(callee: unknown): Fields | Map<unknown, unknown> {
  const name = nameOf(callee);
  if (name === 'collections.OrderedDict') return new Map();
  check(fieldClasses.includes(name), where, 'pickle', 'one that makes no objects; it makes', name);
  return new Fields();
}

/** The storage that a persistent id names: ('storage', class, key, place, count). */
export function storageOf(id: unknown): Storage {
  const parts = Array.isArray(id) ? (id as unknown[]) : [];
  const [kind, type, key, , count, view] = parts;
  const known =
    kind === 'storage' && Object.hasOwn(storageTypes, nameOf(type)) && typeof key === 'string' && isCount(count);
  check(known, where, 'pickle', 'one whose storages have a known type', nameOf(type));
  check(view == null, where, 'pickle', 'one without views of storages (a format before PyTorch 0.4)', brief(view));
  return { key: key as string, type: storageTypes[nameOf(type)], count: count as number };
}

function tensorOf(
  [storage, offset, shape, strides]: unknown[],
  type = (storage as Storage | undefined)?.type,
  flags?: unknown,
): StridedTensor {
  const flagged = flags instanceof Map && [...flags.values()].some(Boolean);
  check(!flagged, where, 'pickle', 'one without tensors that are stored negated or conjugated', brief(flags));
  const sizes = (value: unknown): value is number[] =>
    Array.isArray(value) && value.length <= 64 && value.every(isCount);
  const whole =
    typeof storage === 'object' && storage !== null && 'key' in storage && typeof type === 'string' && isCount(offset);
  const fits = whole && sizes(shape) && sizes(strides) && shape.length === strides.length;
  check(
    fits,
    where,
    'pickle',
    'one whose tensors have a storage, an offset, sizes and strides',
    type ?? 'no element type',
  );
  return new StridedTensor(storage as Storage, type!, offset as number, shape as number[], strides as number[]);
}

/** A tensor that carries attributes, without these. */
function rebuilt(rebuild: unknown, args: unknown): unknown {
  const name = nameOf(rebuild);
  check(name.startsWith('torch._utils.'), where, 'pickle', 'one that rebuilds tensors from storages; it calls', name);
  return callOf(rebuild, args);
}

function deviceOf(parts: unknown[]): string {
  const [kind, index] = parts;
  const known = typeof kind === 'string' && (index === undefined || isCount(index)) && parts.length <= 2;
  check(known, where, 'pickle', 'one whose devices have a kind and a number', brief(parts));
  return index === undefined ? kind : `${kind}:${index}`;
}

/** Bytes, which pickles of protocol 2 hold as text. */
function bytesOf(text: unknown, encoding: unknown): Uint8Array {
  const known = typeof text === 'string' && encoding === 'latin1' && /^[\0-\xff]*$/.test(text);
  check(known, where, 'pickle', 'one whose bytes are text in latin1', brief(encoding));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

function pairsOf(value: unknown): [unknown, unknown][] {
  const pairs = Array.isArray(value) && value.every((pair) => Array.isArray(pair) && pair.length === 2);
  check(pairs, where, 'pickle', 'one whose dictionaries are made of pairs', typeof value);
  return value as [unknown, unknown][];
}

const nameOf = (value: unknown) => (value instanceof Global ? value.name : typeof value);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
