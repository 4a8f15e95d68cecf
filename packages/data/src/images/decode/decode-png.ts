import { reasonOf, refuseFile } from '@diptych/formats/errors';
import type { Raster } from '../raster.ts';
import { checkDecode, checkPixelCount, mostPixels } from './decode-options.ts';
import type { DecodeOptions } from './decode-options.ts';
import { inflateRows } from './png/inflate-rows.ts';
import { pngPasses } from './png/passes.ts';
import { readPngChunks } from './png/read-chunks.ts';
import type { PngChunks } from './png/read-chunks.ts';
import { unfilter } from './png/unfilter.ts';
import { upright } from './exif-orientation.ts';

/**
 * The picture in a PNG file of any colour type, depth and interlacing, as Pillow reads it: grey of 1, 2 and 4 bits is stretched to
 * 0..255, a palette becomes RGB, or RGBA if it has transparent colours. Of 16 bits RGB and alpha keep the upper eight; grey without
 * alpha is cut off at 255, as Pillow's `convert('RGB')` does it. A single transparent colour (`tRNS` of grey or RGB) is passed over.
 *
 * **Memory** the picture twice while it is unpacked; no more is unpacked than its header says.
 *
 * @throws FormatError if the bytes are no whole PNG, a checksum is wrong (those of metadata too), the picture has more pixels than
 * `maxPixels`, or the file is an animation.
 * @see Portable Network Graphics, third edition (W3C 2025)
 * @example
 * const { data, width, height, channels } = decodePng(bytes, { name: 'cat.png' });
 */
export function decodePng(bytes: Uint8Array, options: DecodeOptions = {}): Raster {
  const where = 'decodePng';
  const { name = 'PNG', maxPixels = mostPixels, exifTranspose = false } = checkDecode(where, bytes, options);
  const refuse = refuseFile(where, name);
  const png = readPngChunks(bytes, refuse, (width, height) => checkPixelCount(width, height, maxPixels, refuse));
  try {
    const raster = unpack(png);
    return exifTranspose ? upright(raster, png.orientation) : raster;
  } catch (cause) {
    return refuse(`is not a whole PNG file: ${reasonOf(cause)}`, { cause });
  }
}

function unpack(png: PngChunks): Raster {
  const { width, height, depth, color, interlaced, packed } = png;
  const passes = pngPasses(width, height, interlaced);
  const rowLength = (pixels: number) => 1 + Math.ceil((pixels * color.samples * depth) / 8);
  const length = passes.reduce((sum, pass) => sum + pass.height * rowLength(pass.width), 0);
  const rows = inflateRows(packed, length);

  const place = placer(png);
  const { channels } = place;
  const data = new Uint8ClampedArray(width * height * channels);
  let from = 0;
  for (const pass of passes) {
    const bytesPerRow = rowLength(pass.width);
    const part = rows.subarray(from, from + pass.height * bytesPerRow);
    from += part.length;
    unfilter(part, pass.height, Math.max(1, (color.samples * depth) / 8));
    for (let y = 0; y < pass.height; y++) {
      const row = part.subarray(y * bytesPerRow + 1, (y + 1) * bytesPerRow);
      const to = (pass.y + y * pass.dy) * width + pass.x;
      if (place.isRow && pass.dx === 1) {
        data.set(row, to * channels);
        continue;
      }
      for (let x = 0; x < pass.width; x++) place.pixel(row, x, data, (to + x * pass.dx) * channels);
    }
  }
  return { data, width, height, channels };
}

/** Brings pixel x of an unfiltered row to its place. */
interface Placer {
  channels: Raster['channels'];
  /** Whether rows are already what they become. */
  isRow?: boolean;
  pixel(row: Uint8Array, x: number, data: Uint8ClampedArray, to: number): void;
}

function placer({ depth, color, palette, paletteAlpha }: PngChunks): Placer {
  const { kind, alpha, samples } = color;
  const mask = 2 ** depth - 1;
  const packedSample = (row: Uint8Array, x: number) =>
    depth === 8 ? row[x] : (row[(x * depth) >> 3] >> (8 - depth - ((x * depth) & 7))) & mask;
  if (kind === 'palette') {
    const channels = paletteAlpha.length > 0 ? 4 : 3;
    return {
      channels,
      pixel(row, x, data, to) {
        const index = packedSample(row, x);
        // Pillow: what the palette does not have is black.
        for (let c = 0; c < 3; c++) data[to + c] = palette[index * 3 + c] ?? 0;
        if (channels === 4) data[to + 3] = paletteAlpha[index] ?? 255;
      },
    };
  }
  const channels = samples as Raster['channels'];
  if (depth === 16) {
    const cutOff = kind === 'grey' && !alpha;
    return {
      channels,
      pixel(row, x, data, to) {
        for (let c = 0, at = 2 * x * samples; c < samples; c++, at += 2) {
          data[to + c] = cutOff && row[at] > 0 ? 255 : row[cutOff ? at + 1 : at];
        }
      },
    };
  }
  if (depth < 8) {
    const stretch = 255 / mask;
    return { channels, pixel: (row, x, data, to) => void (data[to] = packedSample(row, x) * stretch) };
  }
  return {
    channels,
    isRow: true,
    pixel(row, x, data, to) {
      for (let c = 0, at = x * samples; c < samples; c++, at++) data[to + c] = row[at];
    },
  };
}
