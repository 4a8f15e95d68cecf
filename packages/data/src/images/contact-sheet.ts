import type { Batch } from '@diptych/core';
import { check, checkIn, checkOptions, checkRule, type OptionRules, rules } from '@diptych/formats/errors';
import { checkPixels, signedToBytes } from './pixels.ts';
import { drawText, textWidth } from './draw-text.ts';
import { glyphHeight } from './glyphs.ts';
import { rgbRule, type Raster, type Rgb } from './raster.ts';

/** How a contact sheet looks. */
export interface ContactSheetOptions {
  /** Images per row. Default: about as many columns as rows. */
  columns?: number;
  /** Pixels per pixel, nearest neighbour. Default: the smallest that makes images at least 48 pixels high. */
  scale?: number;
  /** Pixels between images and around the sheet. Default 4. */
  margin?: number;
  /** One line under each image. */
  captions?: readonly string[];
  /** One line above all. */
  title?: string;
  /** Pixels per dot of the letters (5x8 dots). Default 1 for captions, twice that for the title. */
  textScale?: number;
  /** Default a light grey. */
  background?: Rgb;
  /** Default a dark grey. */
  textColor?: Rgb;
}

const sheetRules: OptionRules<ContactSheetOptions> = {
  columns: rules.count,
  scale: rules.count,
  margin: rules.index,
  captions: rules.list(rules.text),
  title: rules.text,
  textScale: rules.count,
  background: rgbRule,
  textColor: rgbRule,
};

/**
 * A batch of images as one picture: a grid, enlarged without smoothing, with captions.
 *
 * **Shapes** images [B, H, W, C] with C = 1 (grey), 3 (RGB) or 4 (RGBA). **Units** float32 in [-1, 1] (clipped, rounded to
 * 8 bits) or uint8. **Memory** the raster is RGBA and belongs to the caller.
 *
 * @throws DiptychError if there is no image, a pixel is NaN, floats are levels 0..255, C is another number, or the captions are not one per image.
 * @example
 * const png = encodePng(contactSheet(await digits().batch([0, 1, 2]), { columns: 3, captions: ['0', '1', '2'] }));
 */
export function contactSheet(images: Pick<Batch, 'x' | 'shape'>, options: ContactSheetOptions = {}): Raster {
  const where = 'contactSheet';
  checkRule(where, 'images', rules.object, images);
  checkRule(where, 'shape', rules.list(rules.index), images.shape);
  checkRule(where, 'x', rules.array, images.x);
  const {
    columns = Math.ceil(Math.sqrt(images.shape[0])),
    scale = Math.max(1, Math.ceil(48 / images.shape[1])),
    margin = 4,
    captions,
    title,
    textScale = 1,
    background = [238, 238, 240],
    textColor = [40, 40, 48],
  } = checkOptions(where, options, sheetRules);
  const [count, rows, width, channels] = images.shape;
  check(count > 0 && rows > 0 && width > 0, where, 'shape', 'that of at least one image', images.shape);
  checkIn(where, { channels }, [1, 3, 4]);
  const size = rows * width * channels;
  check(images.x.length === count * size, where, 'x', `${count * size} numbers`, images.x.length);

  check(!captions || captions.length === count, where, 'captions', `${count} texts, one per image`, captions?.length);

  const widest = Math.max(0, ...(captions ?? []).map((caption) => textWidth(caption, textScale)));
  const line = glyphHeight * textScale;
  const cellWidth = Math.max(width * scale, widest);
  const cellHeight = rows * scale + (captions ? line + 2 * textScale : 0);
  const top = margin + (title ? 2 * line + margin : 0);
  const across = Math.min(columns, count);
  const sheet = blank(
    Math.max(margin + across * (cellWidth + margin), title ? 2 * margin + textWidth(title, 2 * textScale) : 0),
    top + Math.ceil(count / across) * (cellHeight + margin),
    background,
  );

  if (title) drawText(sheet, title, { x: margin, y: margin, scale: 2 * textScale, color: textColor });
  const levels = levelsOf(images);
  for (let i = 0; i < count; i++) {
    const x = margin + (i % across) * (cellWidth + margin);
    const y = top + Math.floor(i / across) * (cellHeight + margin);
    const left = x + Math.floor((cellWidth - width * scale) / 2);
    paste(sheet, levels.subarray(i * size, (i + 1) * size), [rows, width, channels], scale, left, y);
    if (captions) {
      const indent = Math.floor((cellWidth - textWidth(captions[i], textScale)) / 2);
      const place = { x: x + indent, y: y + rows * scale + 2 * textScale };
      drawText(sheet, captions[i], { ...place, scale: textScale, color: textColor });
    }
  }
  return sheet;
}

/** Uint8ClampedArray is what a canvas and a `Raster` hold. */
function levelsOf({ x, shape: [, rows, width] }: Pick<Batch, 'x' | 'shape'>): Uint8Array {
  if (x instanceof Uint8Array) return x;
  const held: unknown = x;
  if (held instanceof Uint8ClampedArray) return Uint8Array.from(held);
  check(held instanceof Float32Array, 'contactSheet', 'x', 'a Float32Array or a Uint8Array', x);
  checkPixels('contactSheet', 'x', x, [rows, width]);
  return signedToBytes(x);
}

function blank(width: number, height: number, color: Rgb): Raster {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < data.length; i += 4) data.set([...color, 255], i);
  return { data, width, height, channels: 4 };
}

/** Draws one image over what is there, every pixel as a square; alpha mixes. */
function paste(
  { data, width: sheetWidth }: Raster,
  levels: Uint8Array,
  [rows, width, channels]: readonly [number, number, number],
  scale: number,
  left: number,
  top: number,
): void {
  for (let y = 0; y < rows * scale; y++) {
    for (let x = 0; x < width * scale; x++) {
      const from = (Math.floor(y / scale) * width + Math.floor(x / scale)) * channels;
      const to = ((top + y) * sheetWidth + left + x) * 4;
      const alpha = channels === 4 ? levels[from + 3] / 255 : 1;
      for (let c = 0; c < 3; c++) {
        const level = levels[from + (channels === 1 ? 0 : c)];
        data[to + c] = alpha * level + (1 - alpha) * data[to + c];
      }
    }
  }
}
