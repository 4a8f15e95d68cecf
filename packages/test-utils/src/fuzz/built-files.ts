import { crc32, writeNpy, type NpyArray } from '@diptych/formats';
import { deflateRawSync, deflateSync, constants } from 'node:zlib';

/** One file of a zip archive that is built by hand; what is not said is as it should be. */
export interface ZipPart {
  name: string;
  /** Bytes as they lie in the archive. */
  packed: Uint8Array;
  method?: number;
  /** Bytes that the contents are said to have. */
  size?: number;
  checksum?: number;
  /** Where the directory says that it lies. */
  header?: number;
}

/** A zip archive that says what it is told to say. */
export function zipOf(parts: readonly ZipPart[]): Uint8Array<ArrayBuffer> {
  const chunks: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const { name, packed, method = 0, size = packed.length, checksum, header = at } of parts) {
    const label = new TextEncoder().encode(name);
    const local = new Uint8Array(30);
    const entry = new Uint8Array(46);
    const sum = checksum ?? (method === 0 ? crc32(packed) : 0);
    const fields = [method, sum, packed.length, size, label.length];
    put(local, [[0, 4, 0x04034b50], ...fields.map((value, i) => [[8, 14, 18, 22, 26][i], [2, 4, 4, 4, 2][i], value])]);
    put(entry, [
      [0, 4, 0x02014b50],
      ...fields.map((value, i) => [[10, 16, 20, 24, 28][i], [2, 4, 4, 4, 2][i], value]),
      [42, 4, header],
    ]);
    chunks.push(local, label, packed);
    directory.push(entry, label);
    at += 30 + label.length + packed.length;
  }
  const end = new Uint8Array(22);
  const length = directory.reduce((sum, part) => sum + part.length, 0);
  put(end, [
    [0, 4, 0x06054b50],
    [8, 2, parts.length],
    [10, 2, parts.length],
    [12, 4, length],
    [16, 4, at],
  ]);
  return joined([...chunks, ...directory, end]);
}

function put(bytes: Uint8Array, fields: readonly number[][]): void {
  for (const [at, size, value] of fields) for (let i = 0; i < size; i++) bytes[at + i] = Math.floor(value / 256 ** i);
}

/** An npz archive of arrays, stored. */
export const npzOf = (arrays: Readonly<Record<string, NpyArray>>): Uint8Array<ArrayBuffer> =>
  zipOf(Object.entries(arrays).map(([name, array]) => ({ name: `${name}.npy`, packed: writeNpy(array) })));

/** Deflated zeros, `mebibytes` of them, without as many in memory; `head` comes first. */
export function deflatedZeros(mebibytes: number, head: Uint8Array = new Uint8Array(0)): Uint8Array<ArrayBuffer> {
  const flushed = { finishFlush: constants.Z_FULL_FLUSH, level: 9 };
  const zeros = deflateRawSync(new Uint8Array(2 ** 20), flushed);
  const parts = Array.from({ length: mebibytes }, () => zeros as Uint8Array);
  // An empty last block.
  return joined([deflateRawSync(head, flushed), ...parts, Uint8Array.of(3, 0)]);
}

/** A zlib stream around deflated data, with this checksum. */
export const zlibOf = (deflated: Uint8Array, adler = 1): Uint8Array<ArrayBuffer> =>
  joined([Uint8Array.of(0x78, 0x9c), deflated, word(adler)]);

const word = (value: number) => Uint8Array.from([24, 16, 8, 0], (bits) => value >>> bits);

/** A chunk of a PNG file, with its checksum. */
export function pngChunk(kind: string, body: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const content = joined([new TextEncoder().encode(kind), Uint8Array.from(body)]);
  return joined([word(body.length), content, word(crc32(content))]);
}

/** A PNG file of these chunks; `rest` are depth, colour type, compression, filter and interlacing. */
export function pngOf(
  [width, height]: readonly [number, number],
  rest: readonly number[],
  ...chunks: Uint8Array[]
): Uint8Array<ArrayBuffer> {
  const header = pngChunk('IHDR', joined([word(width), word(height), Uint8Array.from(rest)]));
  return joined([Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10), header, ...chunks, pngChunk('IEND', [])]);
}

/** The data chunk of rows of bytes. */
export const pngData = (rows: Uint8Array) => pngChunk('IDAT', deflateSync(rows));

/** One header block of a tar archive and its contents. */
export function tarPart(name: string, contents: Uint8Array, type = '0'): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(512 + Math.ceil(contents.length / 512) * 512);
  const text = new TextEncoder();
  block.set(text.encode(name).subarray(0, 100));
  block.set(text.encode(contents.length.toString(8).padStart(11, '0')), 124);
  block.set(text.encode('ustar\0' + '00'), 257);
  block[156] = type.charCodeAt(0);
  block.fill(32, 148, 156);
  const sum = block.subarray(0, 512).reduce((a, b) => a + b, 0);
  block.set(text.encode(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
  block.set(contents, 512);
  return block;
}

/** A WebP file of one lossless picture of one colour. */
export function flatWebp(width: number, height: number): Uint8Array<ArrayBuffer> {
  const bits: number[] = [];
  const push = (value: number, count: number) => {
    for (let i = 0; i < count; i++) bits.push(Math.floor(value / 2 ** i) & 1);
  };
  push(0x2f, 8);
  push(width - 1, 14);
  push(height - 1, 14);
  push(0, 1 + 3); // no alpha, version 0
  push(0, 3); // no transform, no cache of colours, no meta prefix codes
  // Five prefix codes of one symbol each, 1 bit or 8 bits long.
  for (const symbol of [10, 20, 30, 255, 0]) {
    push(1, 1);
    push(0, 1);
    push(symbol > 1 ? 1 : 0, 1);
    push(symbol, symbol > 1 ? 8 : 1);
  }
  const body = Uint8Array.from({ length: Math.ceil(bits.length / 8) + 2 }, (_, i) =>
    bits.slice(8 * i, 8 * i + 8).reduce((sum, bit, k) => sum + bit * 2 ** k, 0),
  );
  const padded = body.length + (body.length % 2);
  const file = new Uint8Array(20 + padded);
  const text = new TextEncoder();
  file.set(text.encode('RIFF'));
  put(file, [[4, 4, 12 + padded]]);
  file.set(text.encode('WEBPVP8L'), 8);
  put(file, [[16, 4, body.length]]);
  file.set(body, 20);
  return file;
}

export const joined = (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.concat(parts));
