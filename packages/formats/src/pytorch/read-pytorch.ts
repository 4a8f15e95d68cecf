import { check } from '../errors/index.ts';
import { brief } from '../errors/brief.ts';
import { elementTypes } from '../tensors/element-types.ts';
import type { HostTensor, HostTensors } from '../tensors/host-tensor.ts';
import { contiguous } from './contiguous.ts';
import { Fields, Global, StridedTensor, type Storage } from './pickle-values.ts';
import { unpickle } from './unpickle.ts';
import { zipEntries } from './zip-entries.ts';

const where = 'readPyTorch';

/** Bytes that views of one storage may take beyond the size of the file: a tensor can repeat its storage without end. */
const allowance = 2 ** 28;
const deepest = 200;
const mostValues = 2_000_000;

/** A plain value of a checkpoint. */
export type PlainValue =
  null | boolean | number | bigint | string | Uint8Array | PlainValue[] | { [name: string]: PlainValue };

/** What a PyTorch file holds. */
export interface PyTorchFile {
  /** Every tensor by its dotted path, `model.blocks.0.attn.qkv.weight`. */
  tensors: HostTensors;
  /** Everything else by its dotted path: numbers, strings, flags, and the names of types such as `torch.float16`. */
  values: Readonly<Record<string, PlainValue>>;
}

/**
 * Reads a `.pt` or `.pth` file of `torch.save`, both the zip format and the one before PyTorch 1.6. Nothing of it is
 * executed: its pickle is read by a machine that knows tensors and plain values only, and refuses every other name.
 *
 * Views, transposed and expanded tensors come out contiguous; half precision and 8-bit floats as float32.
 *
 * **Memory** the tensors are copies, together at most the size of the file and 256 MiB.
 *
 * @throws DiptychError for a file that is no such file, is cut short, refers to or calls anything else, holds tensors beyond
 * its storages, or would grow without bound
 * @see https://github.com/pytorch/pytorch/blob/main/torch/serialization.py for the layout
 * @example
 * const { tensors } = readPyTorch(await readFile('DiT-XL-2-256x256.pt'));
 * loadStateDict(network, fromOfficial(tensors, ditNames(network)));
 */
export function readPyTorch(bytes: Uint8Array | ArrayBuffer): PyTorchFile {
  const file =
    bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  const zip = file[0] === 0x50 && file[1] === 0x4b;
  check(zip || file[0] === 0x80, where, 'bytes', 'a file of torch.save', `${file.length} bytes`);
  const { root, storages } = zip ? zipCheckpoint(file) : legacyCheckpoint(file);
  const tensors: [string, HostTensor][] = [];
  const values: [string, PlainValue][] = [];
  const paths = new Set<string>();
  let [budget, visited] = [file.length + allowance, 0];
  const visit = (value: unknown, path: string, depth: number): void => {
    check(
      depth < deepest && visited++ < mostValues,
      where,
      'pickle',
      `at most ${deepest} levels and ${mostValues} values`,
      path,
    );
    const inside = (name: unknown) => {
      const longer = path ? `${path}.${keyText(name)}` : keyText(name);
      // Paths are kept as strings of their own: a long key around many values would take far more than the file.
      budget -= 2 * longer.length;
      check(budget >= 0, where, 'pickle', 'one whose dotted paths are no larger than the file allows', longer.length);
      return longer;
    };
    if (value instanceof StridedTensor) {
      const bytes = value.shape.reduce((product, n) => product * n, 1) * elementTypes[value.type].bytes;
      budget -= bytes * (elementTypes[value.type].bytes < 4 ? 4 : 1);
      check(budget >= 0, where, path, 'no larger than the file allows', `shape [${value.shape}]`);
      const storage = storages(value.storage);
      check(storage, where, path, 'a tensor whose storage is in the file', value.storage.key);
      check(!paths.has(path), where, path, 'the path of one tensor only', path);
      paths.add(path);
      tensors.push([path, contiguous(value, storage, path)]);
    } else if (value instanceof Map) for (const [name, item] of value) visit(item, inside(name), depth + 1);
    else if (value instanceof Fields) for (const [name, item] of value.entries) visit(item, inside(name), depth + 1);
    else if (Array.isArray(value)) value.forEach((item, i) => visit(item, inside(i), depth + 1));
    else if (value instanceof Global) values.push([path, value.name]);
    else if (value === null || value instanceof Uint8Array || typeof value !== 'object')
      values.push([path, value as PlainValue]);
  };
  visit(root, '', 0);
  return { tensors: Object.fromEntries(tensors), values: Object.fromEntries(values) };
}

interface Checkpoint {
  root: unknown;
  storages: (of: Storage) => Uint8Array | undefined;
}

/** A key of a dictionary as part of a dotted path. */
function keyText(key: unknown): string {
  const plain = (value: unknown) => value === null || ['string', 'number', 'bigint', 'boolean'].includes(typeof value);
  const known = plain(key) || (Array.isArray(key) && key.length < 16 && key.every(plain));
  check(known, where, 'pickle', 'one whose dictionaries have plain keys', brief(key));
  return String(key);
}

/** A zip with data.pkl and one entry for each storage, all in one folder. */
function zipCheckpoint(file: Uint8Array): Checkpoint {
  const entries = zipEntries(file);
  const pickle = [...entries.keys()].find((name) => name === 'data.pkl' || name.endsWith('/data.pkl'));
  check(pickle !== undefined, where, 'zip', 'one with a data.pkl, as torch.save writes it', [...entries.keys()]);
  const folder = pickle.slice(0, -'data.pkl'.length);
  const order = entries.get(`${folder}byteorder`);
  const little = !order || new TextDecoder().decode(order) === 'little';
  check(little, where, 'byte order', 'little', order && new TextDecoder().decode(order));
  return { root: unpickle(entries.get(pickle)!).value, storages: ({ key }) => entries.get(`${folder}data/${key}`) };
}

/** Five pickles (magic number, version, system, contents, keys), then each storage: its count in 8 bytes, its elements. */
function legacyCheckpoint(file: Uint8Array): Checkpoint {
  const found: unknown[] = [];
  let at = 0;
  for (let i = 0; i < 5; i++) {
    const { value, end } = unpickle(file, at);
    found.push(value);
    at = end;
    const known = i > 0 || value === 0x1950a86a20f9469cfc6cn;
    check(known, where, 'bytes', 'a file of torch.save', `${file.length} bytes`);
  }
  const [, , system, root, keys] = found;
  const little = system instanceof Map && system.get('little_endian') === true;
  check(little, where, 'byte order', 'little', brief(system instanceof Map ? system.get('little_endian') : system));
  const types = storageTypes(root);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const data = new Map<string, Uint8Array>();
  const listed = Array.isArray(keys) && keys.every((key) => typeof key === 'string');
  check(listed, where, 'pickle', 'one with a list of storages', brief(keys));
  for (const key of keys as string[]) {
    check(at + 8 <= file.length, where, 'bytes', 'whole: a storage is missing', key);
    const type = types.get(key);
    const length = Number(view.getBigInt64(at, true)) * (type ? elementTypes[type].bytes : 1);
    check(length >= 0 && at + 8 + length <= file.length, where, 'bytes', 'whole: a storage ends beyond the file', key);
    data.set(key, file.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return { root, storages: ({ key }) => data.get(key) };
}

/** The element type of each storage that the tensors below a value lie in. */
function storageTypes(root: unknown): Map<string, string | undefined> {
  const types = new Map<string, string | undefined>();
  const seen = new Set<unknown>([root]);
  // A set grows while it is walked: each container is looked into once, however often it is referred to.
  for (const value of seen) {
    if (value instanceof StridedTensor) types.set(value.storage.key, value.storage.type);
    const map = value instanceof Fields ? value.entries : value;
    const items: Iterable<unknown> = map instanceof Map ? map.values() : Array.isArray(map) ? map : [];
    for (const item of items) if (typeof item === 'object') seen.add(item);
  }
  return types;
}
