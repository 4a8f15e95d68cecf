import { check, DiptychError } from '../errors/index.ts';
import { brief } from '../errors/brief.ts';
import { elementTypes } from '../tensors/element-types.ts';
import { hasDuplicateKeys } from './has-duplicate-keys.ts';

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
export const largestHeader = 100_000_000;

/** Parses and checks a header against the number of bytes that follow it: after this, no view can leave the data. */
export function parseHeader(header: Uint8Array, dataBytes: number, where: string): SafetensorsHeader {
  const refuse = (rule: string, value: unknown): never => {
    throw new DiptychError({ where, parameter: 'header', rule, value: brief(value) });
  };
  let parsed: unknown;
  let text = '';
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(header);
    parsed = JSON.parse(text);
  } catch {
    refuse('JSON in UTF-8', text ? `${text.slice(0, 40)}…` : `${header.length} bytes`);
  }
  if (!isRecord(parsed)) refuse('a JSON object', parsed);
  if (hasDuplicateKeys(text)) refuse('free of duplicate names', 'a name given twice');
  const { __metadata__: metadata = {}, ...tensors } = parsed as Record<string, unknown>;
  const plain = isRecord(metadata) && Object.values(metadata).every((value) => typeof value === 'string');
  if (!plain) refuse('strings in __metadata__', metadata);
  const entries = Object.entries(tensors).map(([name, entry]) => tensorEntry(name, entry, where));
  let position = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    check(begin === position, where, `offsets of ${name}`, `begin at ${position}, without overlap or gap`, [
      begin,
      end,
    ]);
    position = end;
  }
  check(position === dataBytes, where, 'data', `the ${position} bytes that the header describes`, dataBytes);
  return { entries, metadata: metadata as Record<string, string> };
}

function tensorEntry(name: string, entry: unknown, where: string): TensorEntry {
  check(isRecord(entry), where, `header of ${name}`, 'an object with dtype, shape and data_offsets', brief(entry));
  const { dtype: type, shape, data_offsets: offsets } = entry;
  const known = typeof type === 'string' && Object.hasOwn(elementTypes, type);
  check(known, where, `dtype of ${name}`, `one of ${Object.keys(elementTypes).join(', ')}`, brief(type));
  check(Array.isArray(shape) && shape.every(isCount), where, `shape of ${name}`, 'a list of sizes', brief(shape));
  const pair = Array.isArray(offsets) && offsets.length === 2 && offsets.every(isCount) && offsets[0] <= offsets[1];
  check(pair, where, `offsets of ${name}`, '[begin, end] with begin <= end', brief(offsets));
  const [begin, end] = offsets as [number, number];
  const bytes = (shape as number[]).reduce((product, n) => product * n, elementTypes[type as string].bytes);
  check(bytes === end - begin, where, `offsets of ${name}`, `${bytes} bytes apart, as dtype and shape say`, offsets);
  return { name, type: type as string, shape: shape as number[], begin, end };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
