import { check, DiptychError } from '../errors/index.ts';

const where = 'readPyTorch';

/**
 * The entries of a zip file by name, as views of the file: nothing is unpacked, so nothing can grow. Compressed or encrypted
 * entries are refused; PyTorch writes neither.
 *
 * @see PKWARE APPNOTE 6.3, sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16
 */
export function zipEntries(file: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const { count, offset } = directoryOf(view);
  const entries = new Map<string, Uint8Array>();
  let at = offset;
  for (let i = 0; i < count; i++) {
    check(
      at + 46 <= file.length && view.getUint32(at, true) === 0x02014b50,
      where,
      'zip',
      'whole: a directory entry is missing',
      at,
    );
    const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    const extra = at + 46 + nameLength;
    const next = extra + extraLength + commentLength;
    check(next <= file.length, where, 'zip', 'whole: a directory entry ends beyond the file', next);
    const name = text(file.subarray(at + 46, extra));
    check(
      method === 0 && !(flags & 1),
      where,
      `zip entry ${name}`,
      'stored, neither compressed nor encrypted',
      `method ${method}`,
    );
    const [size, header] = largeFields(view, at, extra, extraLength);
    check(
      header + 30 <= file.length && view.getUint32(header, true) === 0x04034b50,
      where,
      `zip entry ${name}`,
      'in the file',
      header,
    );
    const begin = header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
    check(begin + size <= file.length, where, `zip entry ${name}`, `${size} bytes in the file`, file.length - begin);
    check(!entries.has(name), where, 'zip', 'free of duplicate names', name);
    entries.set(name, file.subarray(begin, begin + size));
    at = next;
  }
  return entries;
}

/** Number of entries and position of the directory, from the record at the end (or its 64-bit form). */
function directoryOf(view: DataView): { count: number; offset: number } {
  const last = view.byteLength - 22;
  for (let at = last; at >= Math.max(0, last - 65535); at--) {
    if (view.getUint32(at, true) !== 0x06054b50) continue;
    const [count, offset] = [view.getUint16(at + 10, true), view.getUint32(at + 16, true)];
    if (count !== 0xffff && offset !== 0xffffffff) return { count, offset };
    const locator = at - 20;
    if (locator < 0 || view.getUint32(locator, true) !== 0x07064b50) break;
    const record = Number(view.getBigUint64(locator + 8, true));
    if (record + 56 > view.byteLength || view.getUint32(record, true) !== 0x06064b50) break;
    return {
      count: Number(view.getBigUint64(record + 32, true)),
      offset: Number(view.getBigUint64(record + 48, true)),
    };
  }
  throw new DiptychError({
    where,
    parameter: 'zip',
    rule: 'whole: its end record is missing',
    value: `${view.byteLength} bytes`,
  });
}

/** Stored size and position of the local header; fields that do not fit in 32 bits stand in extra field 1. */
function largeFields(view: DataView, at: number, extra: number, extraLength: number): [size: number, header: number] {
  const fields = [24, 20, 42].map((field) => view.getUint32(at + field, true)); // full size, stored size, header
  for (let field = extra; field + 4 <= extra + extraLength; field += 4 + view.getUint16(field + 2, true)) {
    if (view.getUint16(field, true) !== 1) continue;
    let value = field + 4;
    for (const [i, small] of fields.entries()) {
      if (small !== 0xffffffff || value + 8 > extra + extraLength) continue;
      fields[i] = Number(view.getBigUint64(value, true));
      value += 8;
    }
  }
  return [fields[1], fields[2]];
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
