import { readSafetensors, writeSafetensors } from '@diptych/formats';
import { unzip } from '@diptych/formats';
import { deflateRawSync, deflateSync, inflateSync } from 'node:zlib';
import { crc32 } from '@diptych/formats';
import { joined, pngChunk, zipOf } from './built-files.ts';

/** A change of a file: `draws` are integers from 0 that decide where and what. */
export type Change = (bytes: Uint8Array, draws: readonly number[]) => Uint8Array;

const edges = [0, 1, 2, 255, 65535, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 53 - 1, 2 ** 53, 1e300, -1, -0, 0.5, NaN];

/** One byte, or one number written in digits, set to another. */
export const changedText: Change = (bytes, [at, value, kind]) => {
  if (bytes.length === 0) return bytes;
  const copy = bytes.slice();
  const start = at % copy.length;
  const digit = copy.findIndex((byte, i) => i >= start && byte >= 0x30 && byte <= 0x39);
  if (kind % 3 === 0 || digit < 0) {
    copy[start] = value;
    return copy;
  }
  let end = digit;
  while (copy[end] >= 0x30 && copy[end] <= 0x39) end++;
  const number = new TextEncoder().encode(String(edges[value % edges.length]));
  // As long as before where it can be: lengths stay right.
  if (kind % 3 === 1 && number.length <= end - digit) {
    copy.fill(0x20, digit, end);
    copy.set(number, digit);
    return copy;
  }
  return joined([copy.subarray(0, digit), number, copy.subarray(end)]);
};

/** One entry of a zip archive changed, renamed, doubled or left out, packed anew with right checksums. */
export const changedEntries =
  (change: Change): Change =>
  (bytes, draws) => {
    const [which, kind, method, ...rest] = draws;
    let files: [string, Uint8Array][];
    try {
      files = [...unzip(bytes)];
    } catch {
      return changedText(bytes, rest);
    }
    const at = which % Math.max(1, files.length);
    if (files.length > 0) {
      const [name, content] = files[at];
      const names = [
        '__proto__',
        '0',
        '../a',
        `${name}/`,
        'constructor',
        'x'.repeat(4097),
        files[0][0],
        'dataset.json',
      ];
      if (kind % 8 === 0) files[at] = [names[rest[0] % names.length], content];
      else if (kind % 8 === 1) files.splice(at, 1);
      else if (kind % 8 === 2) files.push([name, content]);
      else files[at] = [name, change(content, rest)];
    }
    return zipOf(
      files.map(([name, content]) =>
        method % 2 ? { name, packed: content } : { name, ...deflated(content), checksum: crc32(content) },
      ),
    );
  };

const deflated = (content: Uint8Array) => ({
  packed: new Uint8Array(deflateRawSync(content)),
  method: 8,
  size: content.length,
});

/** A zip archive of deflated files. */
export const packed = (files: Readonly<Record<string, Uint8Array>>): Uint8Array =>
  zipOf(Object.entries(files).map(([name, content]) => ({ name, ...deflated(content), checksum: crc32(content) })));

/** A value or a key of the JSON that begins at byte `head`, whose length stands before it in that many bytes, set to another. */
export const changedJson =
  (head: number): Change =>
  (bytes, draws) => {
    const length =
      head > 0 && bytes.length >= 8 ? Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)) : 0;
    const end = head > 0 ? Math.min(head + length, bytes.length) : bytes.length;
    let json: unknown;
    try {
      json = JSON.parse(new TextDecoder().decode(bytes.subarray(head, end)));
    } catch {
      return changedText(bytes, draws);
    }
    const written = new TextEncoder().encode(JSON.stringify(withOther(json, draws, 0)));
    if (head === 0) return written;
    const size = new Uint8Array(8);
    new DataView(size.buffer).setBigUint64(0, BigInt(written.length), true);
    return joined([size, written, bytes.subarray(end)]);
  };

/** JSON inside the metadata of a safetensors file changed: what the file says it holds, its tensors left as they are. */
export const changedMetadata: Change = (bytes, [which, ...rest]) => {
  try {
    const { tensors, metadata } = readSafetensors(bytes);
    const names = Object.keys(metadata).filter((name) => /^[[{]/.test(metadata[name]));
    const name = names[which % names.length];
    const changed = changedJson(0)(new TextEncoder().encode(metadata[name]), rest);
    return writeSafetensors(tensors, { ...metadata, [name]: new TextDecoder().decode(changed) });
  } catch {
    return changedText(bytes, [which, ...rest]);
  }
};

/** A value with one of the values in it replaced. */
function withOther(value: unknown, draws: readonly number[], depth: number): unknown {
  const [which, what] = [draws[depth % draws.length], draws[(depth + 1) % draws.length]];
  const others = [...edges, null, true, '', 'x', [], {}, [[1]], { a: 1 }, '9'.repeat(5000), ['a', 'b'], [1e9, 1e9]];
  const other = others[what % others.length];
  if (typeof value !== 'object' || value === null || which % 7 === 0) return other;
  if (Array.isArray(value)) {
    if (value.length === 0 || which % 7 === 1) return [...(value as unknown[]), other];
    const at = what % value.length;
    return value.map((item, i) => (i === at ? withOther(item, draws, depth + 1) : (item as unknown)));
  }
  const entries = Object.entries(value);
  if (entries.length === 0 || which % 7 === 1) return Object.fromEntries([...entries, [String(other), other]]);
  const at = what % entries.length;
  if (which % 7 === 2) return Object.fromEntries(entries.filter((_, i) => i !== at));
  return Object.fromEntries(
    entries.map(([key, item], i) => [key, i === at ? withOther(item, draws, depth + 1) : item]),
  );
}

/** A header or the contents of a tar archive changed, checksums made right. */
export const changedTar: Change = (bytes, [which, ...rest]) => {
  if (bytes.length < 512) return bytes;
  const copy = bytes.slice();
  const at = (which % Math.floor(copy.length / 512)) * 512;
  copy.set(changedText(copy.subarray(at, at + 512), rest).subarray(0, 512), at);
  for (let block = 0; block + 512 <= copy.length; block += 512) {
    const isHeader = String.fromCharCode(...copy.subarray(block + 257, block + 262)) === 'ustar';
    if (!isHeader) continue;
    copy.fill(32, block + 148, block + 156);
    const sum = copy.subarray(block, block + 512).reduce((a, b) => a + b, 0);
    copy.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, '0')}\0 `), block + 148);
  }
  return copy;
};

/** A chunk of a PNG file changed, doubled, moved, renamed or left out; checksums are right, the data packed anew. */
export const changedChunks: Change = (bytes, [which, kind, ...rest]) => {
  const chunks: [string, Uint8Array][] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = view.getUint32(at);
    if (at + 12 + length > bytes.length) break;
    chunks.push([String.fromCharCode(...bytes.subarray(at + 4, at + 8)), bytes.subarray(at + 8, at + 8 + length)]);
    at += 12 + length;
  }
  if (chunks.length === 0) return changedText(bytes, rest);
  const at = which % chunks.length;
  const [name, body] = chunks[at];
  const names = ['IHDR', 'IDAT', 'PLTE', 'tRNS', 'eXIf', 'acTL', 'IEND', 'ABCD', 'teXt'];
  if (kind % 8 === 0) chunks[at] = [names[rest[0] % names.length], body];
  else if (kind % 8 === 1) chunks.splice(at, 1);
  else if (kind % 8 === 2) chunks.splice(rest[0] % chunks.length, 0, [name, body]);
  else if (kind % 8 === 3 && name === 'IDAT') chunks[at] = [name, changedRows(body, rest)];
  else chunks[at] = [name, changedText(body, rest)];
  return joined([bytes.subarray(0, 8), ...chunks.map(([chunk, content]) => pngChunk(chunk, content))]);
};

function changedRows(body: Uint8Array, draws: readonly number[]): Uint8Array {
  try {
    const rows = changedText(new Uint8Array(inflateSync(body)), draws);
    return new Uint8Array(deflateSync(draws[0] % 5 ? rows : joined([rows, rows])));
  } catch {
    return changedText(body, draws);
  }
}

/** A segment of a JPEG file before its picture changed, doubled or left out; lengths are right. */
export const changedSegments: Change = (bytes, [which, kind, ...rest]) => {
  const segments: Uint8Array[] = [];
  let at = 2;
  for (; at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xd9;) {
    const end = at + 2 + bytes[at + 2] * 256 + bytes[at + 3];
    segments.push(bytes.subarray(at, end));
    const isScan = bytes[at + 1] === 0xda;
    at = end;
    if (isScan) break;
  }
  if (segments.length === 0 || at > bytes.length) return changedText(bytes, rest);
  const index = which % segments.length;
  const segment = segments[index];
  if (kind % 6 === 0) segments.splice(index, 1);
  else if (kind % 6 === 1) segments.splice(rest[0] % segments.length, 0, segment);
  else if (kind % 6 === 2) segments[index] = joined([Uint8Array.of(0xff, 0xc0 + (rest[0] % 64)), segment.subarray(2)]);
  else segments[index] = joined([segment.subarray(0, 4), changedText(segment.subarray(4), [rest[0], rest[1], 0])]);
  return joined([bytes.subarray(0, 2), ...segments, bytes.subarray(at)]);
};
