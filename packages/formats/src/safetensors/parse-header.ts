import { describeValue, FormatError } from '../errors/index.ts';
import { elementTypes, otherTypes } from '../tensors/element-types.ts';
import { jsonOf } from '../json/parse-json.ts';
import { longestName, mostSizes } from '../tensors/limits.ts';

/** Where one tensor lies in the data of the file. */
export interface TensorEntry {
  name: string;
  type: string;
  shape: number[];
  begin: number;
  end: number;
}

/** What the header of a safetensors file says. */
export interface SafetensorsHeader {
  entries: TensorEntry[];
  metadata: Record<string, string>;
}

/** The largest header that the format allows. */
const largestHeader = 100_000_000;
const mostTensors = 2 ** 18;

type Refuse = (sentence: string) => never;

/** The length of the header, from the first eight bytes of a file. */
export function headerLength(head: Uint8Array, size: number, where: string): number {
  const length = new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true);
  const limit = Math.min(largestHeader, size - 8);
  if (length <= limit) return Number(length);
  throw new FormatError(where, `the header is ${length} bytes long, but at most ${limit} are possible`);
}

/** Parses and checks a header against the number of bytes that follow it: after this, no view can leave the data. */
export function parseHeader(header: Uint8Array, dataBytes: number, where: string): SafetensorsHeader {
  const refuse: Refuse = (sentence) => {
    throw new FormatError(where, sentence);
  };
  const { __metadata__: metadata, ...tensors } = headerObject(header, where, refuse);
  const plain = metadata == null || (isRecord(metadata) && Object.values(metadata).every((v) => typeof v === 'string'));
  if (!plain) refuse(`__metadata__ must hold strings, but holds ${describeValue(metadata)}`);
  const entries = Object.entries(tensors).map(([name, entry]) => tensorEntry(name, entry, refuse));
  let position = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== position) {
      const fault = begin > position ? 'gap' : 'overlap';
      refuse(`${describeValue(name)} begins at byte ${begin}, but byte ${position} was expected (${fault})`);
    }
    position = end;
  }
  if (position !== dataBytes) refuse(`the header describes ${position} bytes of data, but the file has ${dataBytes}`);
  return { entries, metadata: { ...(metadata as Record<string, string> | null | undefined) } };
}

function headerObject(header: Uint8Array, where: string, refuse: Refuse): Record<string, unknown> {
  const parsed = jsonOf(header, where, 'the header');
  if (!isRecord(parsed)) return refuse(`the header must be a JSON object, but is ${describeValue(parsed)}`);
  const count = Object.keys(parsed).length;
  if (count > mostTensors) refuse(`the header describes ${count} tensors, more than the ${mostTensors} that are read`);
  return parsed;
}

function tensorEntry(name: string, entry: unknown, refuse: Refuse): TensorEntry {
  const of = describeValue(name);
  if (name.length > longestName) refuse(`the name ${of} is longer than ${longestName} characters`);
  if (!isRecord(entry)) return refuse(`the header of ${of} must have dtype, shape and data_offsets`);
  const { dtype: type, shape, data_offsets: offsets } = entry;
  if (typeof type !== 'string') return refuse(`the dtype of ${of} must be a name, but is ${describeValue(type)}`);
  if (Array.isArray(shape) && shape.length > mostSizes) {
    refuse(`the shape of ${of} has ${shape.length} sizes, but at most ${mostSizes} are read`);
  }
  const sizes = Array.isArray(shape) && shape.every(isCount);
  if (!sizes) return refuse(`the shape of ${of} must be a list of sizes, but is ${describeValue(shape)}`);
  const pair = Array.isArray(offsets) && offsets.length === 2 && offsets.every(isCount) && offsets[0] <= offsets[1];
  if (!pair) return refuse(`the data_offsets of ${of} must be [begin, end], but are ${describeValue(offsets)}`);
  const [begin, end] = offsets as [number, number];
  const bits = bitsOf(type);
  const bytes = bits && shape.reduce((product: number, n: number) => product * n, bits) / 8;
  const apart = bytes === undefined || bytes === end - begin;
  if (!apart) refuse(`${of} has ${end - begin} bytes, but dtype and shape say ${bytes}`);
  return { name, type, shape: shape as number[], begin, end };
}

/** Bits of an element; undefined for a type that is newer than this code. */
function bitsOf(type: string): number | undefined {
  if (Object.hasOwn(elementTypes, type)) return 8 * elementTypes[type].bytes;
  return Object.hasOwn(otherTypes, type) ? otherTypes[type] : undefined;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
