import { describeValue, FormatError, refuseFile, type RefuseFile } from '../errors/index.ts';
import type { RangedSteps } from '../ranges/ranged-steps.ts';
import { checkEntryName } from './entry-name.ts';

/** One file as the directory of a zip archive describes it. */
export interface ZipEntry {
  name: string;
  /** 0 stored, 8 deflated. */
  method: number;
  encrypted: boolean;
  /** CRC-32 of the contents. */
  checksum: number;
  /** Bytes in the archive. */
  packed: number;
  /** Bytes of the contents. */
  size: number;
  /** Where its local header begins. */
  header: number;
  /** Where the next thing in the archive begins: neither header nor data may reach beyond. */
  limit: number;
}

/** The parts of a zip archive of which messages speak: the function that reads it, and what the archive is called. */
export interface ZipContext {
  where: string;
  name: string;
  /** The checksum that stands for none. */
  unset?: number;
}

const [endSize, locatorSize, recordSize, entrySize, headerSize] = [22, 20, 56, 46, 30];

/**
 * The files of a zip archive in the order of its directory; folders are left out. Names are those of the directory. Duplicate names and
 * entries that overlap are refused.
 *
 * @see PKWARE, APPNOTE 6.3, sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16
 */
export function* zipDirectory(size: number, { where, name: archive }: ZipContext): RangedSteps<ZipEntry[]> {
  const refuse: RefuseFile = refuseFile(where, archive);
  const { count, start, limit, shift } = yield* shifted(yield* directoryPlace(size, refuse));
  // A name of no letters and no data make the smallest entry: the count is bounded by the bytes.
  if (count * entrySize > limit - start) refuse(`is not a whole zip archive: its directory of ${count} entries is cut`);
  const bytes = yield [start, limit];
  const view = viewOf(bytes);
  const entries: ZipEntry[] = [];
  const names = new Set<string>();
  for (let at = 0, i = 0; i < count; i++) {
    const there = at + entrySize <= bytes.length && view.getUint32(at, true) === 0x02014b50;
    if (!there) refuse(`is not a whole zip archive: entry ${i} of its directory is missing`);
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    const extra = at + entrySize + nameLength;
    const next = extra + extraLength + commentLength;
    if (next > bytes.length) refuse(`is not a whole zip archive: entry ${i} of its directory is cut`);
    const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
    const name = nameOf(bytes.subarray(at + entrySize, extra), flags);
    const [full, packed, header] = largeFields(view, at, extra, extraLength);
    const sound = [full, packed, header].every(Number.isSafeInteger);
    if (!sound) refuse(`gives ${describeValue(name)} a size or place beyond 2^53`);
    checkEntryName(name, where, archive);
    if (!name.endsWith('/')) {
      if (names.has(name)) refuse(`holds ${describeValue(name)} twice`);
      names.add(name);
    }
    const checksum = view.getUint32(at + 16, true);
    entries.push({
      name,
      method,
      encrypted: (flags & 1) !== 0,
      checksum,
      packed,
      size: full,
      header: header + shift,
      limit: 0,
    });
    at = next;
  }
  setLimits(entries, start, refuse);
  return entries.filter(({ name }) => !name.endsWith('/'));
}

/** Where the data of an entry begin, from its local header. */
export function* zipDataStart(entry: ZipEntry, { where, name: archive }: ZipContext): RangedSteps<number> {
  const refuse = (sentence: string): never => {
    throw new FormatError(where, `${describeValue(entry.name)} in ${archive} ${sentence}`);
  };
  if (entry.header + headerSize > entry.limit) refuse('has no header of its own');
  const view = viewOf(yield [entry.header, entry.header + headerSize]);
  if (view.getUint32(0, true) !== 0x04034b50) refuse('has no header where the directory says');
  const [nameLength, extraLength] = [view.getUint16(26, true), view.getUint16(28, true)];
  const start = entry.header + headerSize + nameLength + extraLength;
  if (start + entry.packed > entry.limit) refuse('reaches into another entry or beyond the archive');
  const name = nameOf(
    yield [entry.header + headerSize, entry.header + headerSize + nameLength],
    view.getUint16(6, true),
  );
  if (name !== entry.name) refuse(`is called ${describeValue(name)} by its own header`);
  return start;
}

type Refuse = (sentence: string) => never;

/** Where the directory is: from its start, as its record says, up to its end. */
interface DirectoryPlace {
  count: number;
  start: number;
  limit: number;
  /** Bytes of the directory, as its record says. */
  length: number;
}

/** The place of the directory, from the record at the end or its 64-bit form. */
function* directoryPlace(size: number, refuse: Refuse): RangedSteps<DirectoryPlace> {
  const tailStart = Math.max(0, size - endSize - 65535 - locatorSize - recordSize);
  const tail = yield [tailStart, size];
  const view = viewOf(tail);
  const end = endRecord(view);
  if (end < 0) refuse('is not a whole zip archive: its end record is missing');
  if (view.getUint16(end + 4, true) !== view.getUint16(end + 6, true)) refuse('is split over several files');
  const [count, length, start] = [
    view.getUint16(end + 10, true),
    view.getUint32(end + 12, true),
    view.getUint32(end + 16, true),
  ];
  const place = { count, length, start, limit: tailStart + end };
  const locator = end - locatorSize;
  const large = (count === 0xffff || start === 0xffffffff) && locator >= 0;
  if (!large || view.getUint32(locator, true) !== 0x07064b50) return within(place, refuse);
  const at = Number(view.getBigUint64(locator + 8, true));
  if (!(at + recordSize <= place.limit)) refuse('is not a whole zip archive: its 64-bit end record is missing');
  const record = viewOf(yield [at, at + recordSize]);
  const found = record.getUint32(0, true) === 0x06064b50;
  if (!found) refuse('is not a whole zip archive: its 64-bit end record is missing');
  const [many, bytes, far] = [32, 40, 48].map((field) => Number(record.getBigUint64(field, true)));
  return within({ count: many, length: bytes, start: far, limit: at }, refuse);
}

function within(place: DirectoryPlace, refuse: Refuse): DirectoryPlace {
  if (!(place.start <= place.limit)) refuse('is not a whole zip archive: its directory lies beyond its end');
  return place;
}

/**
 * An archive with other bytes before it, such as a program that unpacks it, may count places from its own beginning. Then the directory
 * is not where its record says, but directly before it, and everything else lies as far behind.
 */
function* shifted(place: DirectoryPlace): RangedSteps<DirectoryPlace & { shift: number }> {
  const { start, limit, length, count } = place;
  const shift = limit - length - start;
  if (shift <= 0 || count === 0) return { ...place, shift: 0 };
  const begin = viewOf(yield [start, Math.min(start + 4, limit)]);
  const there = begin.byteLength === 4 && begin.getUint32(0, true) === 0x02014b50;
  return there ? { ...place, shift: 0 } : { ...place, start: limit - length, shift };
}

/** Position of the record at the end: the one whose comment ends with the file, else the last that can be one. */
function endRecord(view: DataView): number {
  let last = -1;
  for (let at = view.byteLength - endSize; at >= 0; at--) {
    if (view.getUint32(at, true) !== 0x06054b50) continue;
    if (at + endSize + view.getUint16(at + 20, true) === view.byteLength) return at;
    if (last < 0) last = at;
  }
  return last;
}

function setLimits(entries: readonly ZipEntry[], directory: number, refuse: Refuse): void {
  const inOrder = [...entries].sort((a, b) => a.header - b.header);
  inOrder.forEach((entry, i) => {
    entry.limit = i + 1 < inOrder.length ? inOrder[i + 1].header : directory;
    const fits = entry.header + headerSize + entry.packed <= entry.limit;
    if (!fits) refuse(`holds ${describeValue(entry.name)} in place of another entry or beyond its own end`);
  });
}

/** Full size, size in the archive and place of the local header; what does not fit into 32 bits stands in extra field 1. */
function largeFields(view: DataView, at: number, extra: number, extraLength: number): [number, number, number] {
  const fields = [24, 20, 42].map((field) => view.getUint32(at + field, true));
  for (let field = extra; field + 4 <= extra + extraLength; field += 4 + view.getUint16(field + 2, true)) {
    if (view.getUint16(field, true) !== 1) continue;
    let value = field + 4;
    for (const [i, small] of fields.entries()) {
      if (small !== 0xffffffff || value + 8 > extra + extraLength) continue;
      fields[i] = Number(view.getBigUint64(value, true));
      value += 8;
    }
  }
  return fields as [number, number, number];
}

const cp437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

/** UTF-8, as flag 11 says and as most write it without saying so; else the letters of the first PC. */
function nameOf(bytes: Uint8Array, flags: number): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    if (flags & 0x800) return new TextDecoder().decode(bytes);
    return Array.from(bytes, (code) => (code < 128 ? String.fromCharCode(code) : cp437[code - 128])).join('');
  }
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
