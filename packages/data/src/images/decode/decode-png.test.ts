import { fixtures } from '@diptych/test-utils/fixtures';
import { zlibSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { encodePng } from '../encode-png.ts';
import { decodePng } from './decode-png.ts';
import { crc32 } from '@diptych/formats';

const bytesOf = (base64: unknown) => Uint8Array.from(Buffer.from(base64 as string, 'base64'));
const golden = fixtures('images').find(({ file }) => file === 'png')!.cases;

function chunk(kind: string, body: ArrayLike<number>, checksum?: number): number[] {
  const content = Uint8Array.from([...new TextEncoder().encode(kind), ...Array.from(body)]);
  const word = (value: number) => [24, 16, 8, 0].map((bits) => (value >>> bits) & 255);
  return [...word(body.length), ...content, ...word(checksum ?? crc32(content))];
}
const signature = [137, 80, 78, 71, 13, 10, 26, 10];
const header = (width: number, height: number, ...rest: number[]) =>
  chunk('IHDR', [...Uint8Array.from([0, 0, width >> 8, width, 0, 0, height >> 8, height]), ...rest]);
const grey = header(4, 4, 8, 0, 0, 0, 0);
/** Four rows of four grey levels, not filtered. */
const rows = Uint8Array.from({ length: 20 }, (_, i) => (i % 5 === 0 ? 0 : i));
const packed = zlibSync(rows);
const end = chunk('IEND', []);
const png = (...chunks: number[][]) => Uint8Array.from([...signature, ...chunks.flat()]);
const whole = png(grey, chunk('IDAT', packed), end);
const name = 'a.png';

describe('decodePng', () => {
  it.each(golden)('reads what Pillow reads, to the level: $name', ({ file, type, width, height, rgb, alpha }) => {
    const raster = decodePng(bytesOf(file), { name });
    expect([raster.width, raster.height]).toEqual([width, height]);
    const { channels, data } = raster;
    const isGrey = type === 0 || type === 4;
    expect(channels).toBe((isGrey ? 1 : 3) + (alpha ? 1 : 0));
    const pixels = Array.from({ length: raster.width * raster.height }, (_, p) => p * channels);
    expect(pixels.flatMap((at) => [0, 1, 2].map((c) => data[at + (isGrey ? 0 : c)]))).toEqual(Array.from(bytesOf(rgb)));
    if (alpha) expect(pixels.map((at) => data[at + channels - 1])).toEqual(Array.from(bytesOf(alpha)));
  });

  it.each(golden)('refuses it cut anywhere, and with any byte changed, by name: $name', ({ file }) => {
    const bytes = bytesOf(file);
    for (let length = 0; length < bytes.length; length += 3) {
      expect(() => decodePng(bytes.subarray(0, length), { name })).toThrow(/^decodePng: a.png is not a whole PNG file/);
    }
    for (let at = 0; at < bytes.length; at += 5) {
      const changed = bytes.slice();
      changed[at] ^= 0x11;
      expect(() => decodePng(changed, { name })).toThrow(/^decodePng: a.png (is|has)/);
    }
  });

  it('passes over metadata, pieces of the picture, what is behind its end, and black that a palette lacks', () => {
    const text = chunk('tEXt', new TextEncoder().encode('Comment\0hi'));
    const [a, b] = [packed.subarray(0, 5), packed.subarray(5)];
    const pieces = png(grey, text, chunk('IDAT', a), chunk('IDAT', []), chunk('IDAT', b), text, end);
    expect(decodePng(pieces)).toEqual(decodePng(whole));
    expect(decodePng(Uint8Array.from([...whole, 1, 2, 3]))).toEqual(decodePng(whole));
    const palette = chunk('PLTE', [1, 2, 3]);
    const indices = zlibSync(Uint8Array.of(0, 0b01000000));
    const short = png(header(2, 1, 1, 3, 0, 0, 0), palette, chunk('IDAT', indices), end);
    expect(Array.from(decodePng(short).data)).toEqual([1, 2, 3, 0, 0, 0]);
  });

  const wrongSum = packed.slice();
  wrongSum[wrongSum.length - 1] ^= 1;
  const wrongFilter = rows.slice();
  wrongFilter[5] = 7;
  it.each<[string, Uint8Array, RegExp]>([
    ['a wrong Adler-32', png(grey, chunk('IDAT', wrongSum), end), /a wrong checksum of the picture/],
    ['a wrong CRC', png(grey, chunk('IDAT', packed, 7), end), /a wrong checksum of IDAT/],
    ['a wrong CRC of metadata', png(grey, chunk('tEXt', [65, 0], 7), chunk('IDAT', packed), end), /of tEXt/],
    ['a second header', png(grey, grey, chunk('IDAT', packed), end), /a second header/],
    ['an unknown critical chunk', png(grey, chunk('ABCD', []), chunk('IDAT', packed), end), /the critical chunk ABCD/],
    ['no header', png(chunk('IDAT', packed), end), /where the header belongs/],
    ['no picture', png(grey, end), /no picture/],
    ['no end', png(grey, chunk('IDAT', packed)), /before IEND/],
    [
      'a picture in two places',
      png(grey, chunk('IDAT', packed), chunk('tEXt', []), chunk('IDAT', []), end),
      /in two places/,
    ],
    ['no palette', png(header(4, 4, 8, 3, 0, 0, 0), chunk('IDAT', packed), end), /no palette/],
    ['two palettes', png(grey, chunk('PLTE', [1, 2, 3]), chunk('PLTE', [1, 2, 3]), end), /a second palette/],
    ['a palette of four bytes', png(grey, chunk('PLTE', [1, 2, 3, 4]), end), /a palette of 4 bytes/],
    ['a height of 0', png(header(4, 0, 8, 0, 0, 0, 0), chunk('IDAT', packed), end), /a.png has no pixels: 4x0/],
    ['RGB of 4 bits', png(header(4, 4, 4, 2, 0, 0, 0), end), /colour type 2 of 4 bits/],
    ['colour type 5', png(header(4, 4, 8, 5, 0, 0, 0), end), /colour type 5 of 8 bits/],
    ['an unknown interlacing', png(header(4, 4, 8, 0, 0, 0, 2), end), /interlace 2/],
    [
      'too few rows',
      png(grey, chunk('IDAT', zlibSync(rows.subarray(0, 15))), end),
      /more or fewer than the 20 bytes of the picture/,
    ],
    ['too many rows', png(grey, chunk('IDAT', zlibSync(new Uint8Array(25))), end), /more or fewer than the 20 bytes/],
    ['a filter that there is not', png(grey, chunk('IDAT', zlibSync(wrongFilter)), end), /filter 7/],
    ['other bytes for the picture', png(grey, chunk('IDAT', [1, 2, 3, 4, 5, 6, 7]), end), /whole PNG file/],
    ['an empty picture', png(grey, chunk('IDAT', []), end), /whole PNG file/],
  ])('refuses %s by name', (_, bytes, reason) => {
    expect(() => decodePng(bytes, { name })).toThrow(reason);
    expect(() => decodePng(bytes, { name })).toThrow(/^decodePng: a.png (is|has)/);
  });

  it('unpacks no more than the header says', () => {
    const small = png(grey, chunk('IDAT', zlibSync(new Uint8Array(2 ** 21))), end);
    expect(() => decodePng(small, { name })).toThrow(/more or fewer than the 20 bytes of the picture/);
    const pieces = png(header(64, 64, 8, 0, 0, 0, 0), chunk('IDAT', zlibSync(new Uint8Array(2 ** 23))), end);
    expect(() => decodePng(pieces, { name })).toThrow(/more or fewer than the 4160 bytes of the picture/);
    // In pieces: 256 MiB in 256 KiB.
    const large = png(header(400, 400, 8, 0, 0, 0, 0), chunk('IDAT', zlibSync(new Uint8Array(2 ** 28))), end);
    expect(() => decodePng(large, { name })).toThrow(/more or fewer than the 160400 bytes of the picture/);
    const long = png(grey, chunk('IDAT', zlibSync(new Uint8Array(2 ** 26))), end);
    expect(() => decodePng(long, { name })).toThrow(/packed bytes for 20/);
  });

  it('refuses more pixels than allowed by the header', () => {
    const huge = png(header(65535, 65535, 8, 0, 0, 0, 0), chunk('IDAT', packed), end);
    expect(() => decodePng(huge, { name })).toThrow(/has 65535x65535 pixels, more than 67108864 \(maxPixels\)/);
    expect(() => decodePng(whole, { name, maxPixels: 15 })).toThrow(/more than 15/);
    expect(decodePng(whole, { maxPixels: 16 }).width).toBe(4);
    expect(() => decodePng(whole, { maxPixels: NaN })).toThrow(/maxPixels must be a number >= 1, got NaN/);
  });

  it('reads a picture in pieces of one byte, however many there are', () => {
    const pieces = [...packed].map((byte) => chunk('IDAT', [byte]));
    const empty = Array<number[]>(3000).fill(chunk('IDAT', []));
    expect(decodePng(png(grey, ...empty, ...pieces, end))).toEqual(decodePng(whole));
  });

  it.each([
    ['no compression that it knows', [0x77, 0x9c]],
    ['a window beyond 32 KiB', [0x88, 0x1c]],
    ['a dictionary', [0x78, 0xbb]],
    ['a wrong sum of its header', [0x78, 0x9d]],
  ])('refuses a zlib stream with %s', (_, head) => {
    const stream = Uint8Array.from([...head, ...packed.subarray(2)]);
    expect(() => decodePng(png(grey, chunk('IDAT', stream), end))).toThrow(/data that are no zlib stream/);
  });

  it('gives back what encodePng wrote, of any size', () => {
    for (const [width, height] of [
      [1, 1],
      [1, 9],
      [300, 2],
      [311, 401],
    ]) {
      const data = Uint8ClampedArray.from({ length: width * height * 3 }, (_, i) => (i * i * 7) % 256);
      const raster = { data, width, height, channels: 3 as const };
      expect(decodePng(encodePng(raster))).toEqual(raster);
    }
  });
});
