import { glyphHeight, glyphRows, glyphWidth } from './glyphs.ts';
import type { Raster, Rgb } from './raster.ts';

/** Where and how a line of text is drawn. */
export interface DrawTextOptions {
  /** Left edge and top edge in pixels. */
  x: number;
  y: number;
  /** Pixels per dot of the 5x8 letters. Default 1. */
  scale?: number;
  /** Default black. */
  color?: Rgb;
}

/** Draws one line of text into an RGBA raster; what falls outside is cut off. */
export function drawText(raster: Raster, text: string, options: DrawTextOptions): void {
  const { x, y, scale = 1, color = [0, 0, 0] } = options;
  Array.from(text).forEach((letter, position) => {
    const rows = glyphRows(letter);
    const left = x + position * (glyphWidth + 1) * scale;
    for (let row = 0; row < glyphHeight * scale; row++) {
      for (let column = 0; column < glyphWidth * scale; column++) {
        const dot = (rows[Math.floor(row / scale)] >> (glyphWidth - 1 - Math.floor(column / scale))) & 1;
        if (dot) setPixel(raster, left + column, y + row, color);
      }
    }
  });
}

/** Pixels that a line of text takes. */
export function textWidth(text: string, scale = 1): number {
  return Math.max(0, Array.from(text).length * (glyphWidth + 1) - 1) * scale;
}

function setPixel({ data, width, height }: Raster, x: number, y: number, color: Rgb): void {
  if (x < 0 || y < 0 || x >= width || y >= height) return;
  const at = (y * width + x) * 4;
  data[at] = color[0];
  data[at + 1] = color[1];
  data[at + 2] = color[2];
  data[at + 3] = 255;
}
