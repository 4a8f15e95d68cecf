import { zipFiles, type ZippedFile } from '../archives/unzip.ts';
import { describeValue } from '../errors/index.ts';
import { plainBytes, type FileBytes } from '../ranges/plain-bytes.ts';
import { elementTypes } from '../tensors/element-types.ts';
import type { HostTensor, HostTensors } from '../tensors/host-tensor.ts';
import { recordOf, Unsupported } from '../tensors/unsupported.ts';
import { refuse, unreadTypes } from './allowed-globals.ts';
import { contiguous } from './contiguous.ts';
import { Fields, Global, StridedTensor, type Storage } from './pickle-values.ts';
import { unpickle } from './unpickle.ts';

const where = 'readPyTorch';

/** Bytes that views of one storage may take beyond the size of the file: a tensor can repeat its storage without end. */
const allowance = 2 ** 28;
const deepest = 200;
const mostValues = 2_000_000;
const longestPath = 4096;
/** Bytes for which a tensor counts that is referred to again: a few letters of a pickle make a whole tensor. */
const repetitionCost = 2 ** 14;

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
 * Views, transposed and expanded tensors come out contiguous; half precision and 8-bit floats as float32. A tensor of a type that is
 * not read (complex, quantized) is listed, and refused when it is asked for.
 *
 * **Memory** the tensors are copies, together at most the size of the file and 256 MiB.
 *
 * @throws FormatError for a file that is no such file, is cut short or differs from its checksums, refers to or calls anything else,
 * holds tensors beyond its storages, or would grow without bound; at a tensor whose type is not read
 * @see https://github.com/pytorch/pytorch/blob/main/torch/serialization.py for the layout
 * @example
 * const { tensors } = readPyTorch(await readFile('DiT-XL-2-256x256.pt'));
 * loadStateDict(network, fromOfficial(tensors, ditNames(network)));
 */
export function readPyTorch(bytes: FileBytes): PyTorchFile {
  const file = plainBytes(bytes, where);
  const zip = file[0] === 0x50 && file[1] === 0x4b;
  if (!zip && file[0] !== 0x80) noFile(file);
  const { root, storages } = zip ? zipCheckpoint(file) : legacyCheckpoint(file);
  const tensors: [string, HostTensor | Unsupported][] = [];
  const values: [string, PlainValue][] = [];
  const paths = new Set<string>();
  const seen = new Set<StridedTensor>();
  let [budget, visited] = [file.length + allowance, 0];
  const spend = (bytes: number, what: string) => {
    budget -= bytes;
    if (!(budget >= 0)) refuse(`the pickle would grow beyond what a file of ${file.length} bytes may hold, by ${what}`);
  };
  const inside = (path: string, key: unknown) => {
    const longer = path ? `${path}.${keyText(key)}` : keyText(key);
    if (longer.length > longestPath) {
      refuse(`the path ${describeValue(longer.slice(0, 100))}… is longer than ${longestPath} characters`);
    }
    // Paths are kept as strings of their own: a long key around many values would take far more than the file.
    spend(2 * longer.length, 'its dotted paths');
    return longer;
  };
  const visit = (value: unknown, path: string, depth: number): void => {
    if (depth >= deepest) refuse(`the pickle is nested deeper than ${deepest} levels, at ${describeValue(path)}`);
    if (visited++ >= mostValues) refuse(`the pickle holds more than ${mostValues} values`);
    if (value instanceof StridedTensor) {
      if (paths.has(path)) refuse(`${describeValue(path)} is the path of two tensors`);
      paths.add(path);
      spend(sizeOf(value) + (seen.has(value) ? repetitionCost : 0), describeValue(path));
      seen.add(value);
      tensors.push([path, tensorOf(value, storages, path)]);
    } else if (value instanceof Map) for (const [name, item] of value) visit(item, inside(path, name), depth + 1);
    else if (value instanceof Fields) visit(value.entries, path, depth + 1);
    else if (Array.isArray(value)) value.forEach((item, i) => visit(item, inside(path, i), depth + 1));
    else if (value instanceof Global) values.push([path, value.name]);
    else if (value === null || value instanceof Uint8Array || typeof value !== 'object')
      values.push([path, value as PlainValue]);
  };
  visit(root, '', 0);
  return { tensors: recordOf(tensors), values: Object.fromEntries(values) };
}

interface Checkpoint {
  root: unknown;
  storages: (of: Storage) => Uint8Array | undefined;
}

function noFile(file: Uint8Array): never {
  return refuse(
    `this is not a file of torch.save: it has ${file.length} bytes and begins with ${describeValue([...file.subarray(0, 4)])}`,
  );
}

/** Bytes of a tensor when it is contiguous; small floats are widened to float32. */
function sizeOf({ shape, type }: StridedTensor): number {
  if (Object.hasOwn(unreadTypes, type)) return 0;
  const { bytes, dtype } = elementTypes[type];
  return shape.reduce((product, n) => product * n, dtype === 'float32' ? 4 + (bytes < 4 ? bytes : 0) : bytes);
}

function tensorOf(tensor: StridedTensor, storages: Checkpoint['storages'], path: string): HostTensor | Unsupported {
  const of = describeValue(path);
  const storage = storages(tensor.storage);
  if (!storage) return refuse(`${of} lies in the storage ${describeValue(tensor.storage.key)}, which the file lacks`);
  if (!Object.hasOwn(unreadTypes, tensor.type)) return contiguous(tensor, storage, path);
  return new Unsupported(where, `${of} is a tensor of torch.${tensor.type}, which is not read`);
}

/** A key of a dictionary as part of a dotted path. */
function keyText(key: unknown): string {
  const plain = (value: unknown) => value === null || ['string', 'number', 'bigint', 'boolean'].includes(typeof value);
  const known = plain(key) || (Array.isArray(key) && key.length < 16 && key.every(plain));
  if (!known) refuse(`the keys of a dictionary must be plain values, but one is ${describeValue(key)}`);
  return String(key);
}

/** A zip with data.pkl and one entry for each storage, all in one folder. */
function zipCheckpoint(file: Uint8Array): Checkpoint {
  // `set_crc32_options(False)` of PyTorch writes 0 in place of checksums.
  const files = zipFiles(file, { where, name: 'the file', maxBytes: file.length, unset: 0 });
  const pickle = [...files.keys()].find((name) => name === 'data.pkl' || name.endsWith('/data.pkl'));
  if (pickle === undefined) {
    return refuse(`the file has no data.pkl, as torch.save writes it, but ${describeValue([...files.keys()])}`);
  }
  const folder = pickle.slice(0, -'data.pkl'.length);
  const order = contentsOf(files.get(`${folder}byteorder`));
  checkOrder(order ? new TextDecoder().decode(new Uint8Array(order)) : 'little');
  const read = new Map<string, Uint8Array | undefined>();
  const storages = ({ key }: Storage) => {
    if (!read.has(key)) read.set(key, contentsOf(files.get(`${folder}data/${key}`)));
    return read.get(key);
  };
  return { root: unpickle(contentsOf(files.get(pickle))!).value, storages };
}

/** PyTorch stores without compression: what is stored can be no larger than the file. */
function contentsOf(file: ZippedFile | undefined): Uint8Array | undefined {
  if (file && !file.stored)
    refuse('the entries of the zip must be stored, as torch.save writes them, but one is compressed');
  return file?.read();
}

function checkOrder(order: unknown): void {
  if (order !== 'little') refuse(`the byte order must be "little", but is ${describeValue(order)}`);
}

/** Five pickles (magic number, version, system, contents, keys), then each storage: its count in 8 bytes, its elements. */
function legacyCheckpoint(file: Uint8Array): Checkpoint {
  const found: unknown[] = [];
  let at = 0;
  for (let i = 0; i < 5; i++) {
    const { value, end } = unpickle(file, at);
    found.push(value);
    at = end;
    if (i === 0 && value !== 0x1950a86a20f9469cfc6cn) noFile(file);
  }
  const [, , system, root, keys] = found;
  const little = system instanceof Map && system.get('little_endian') === true;
  checkOrder(little ? 'little' : 'big');
  const types = storageTypes(root);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const data = new Map<string, Uint8Array>();
  const listed = Array.isArray(keys) && keys.every((key) => typeof key === 'string');
  if (!listed) refuse(`the file must end with a list of storages, but that is ${describeValue(keys)}`);
  for (const key of keys as string[]) {
    const storage = `the storage ${describeValue(key)}`;
    if (at + 8 > file.length) refuse(`the file is cut: ${storage} is missing`);
    const length = Number(view.getBigInt64(at, true)) * bytesOf(types.get(key));
    if (!(length >= 0 && at + 8 + length <= file.length)) refuse(`the file is cut: ${storage} ends beyond it`);
    data.set(key, file.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return { root, storages: ({ key }) => data.get(key) };
}

function bytesOf(type: string | undefined): number {
  if (type === undefined) return 1;
  return Object.hasOwn(unreadTypes, type) ? unreadTypes[type] : elementTypes[type].bytes;
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
