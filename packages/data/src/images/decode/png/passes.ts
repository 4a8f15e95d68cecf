/** Pixels that are stored together: every dx-th from x on, in every dy-th row from y on. */
export interface PngPass {
  x: number;
  y: number;
  dx: number;
  dy: number;
  width: number;
  height: number;
}

const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

/** One pass over the whole picture, or the seven of Adam7, without those that no pixel falls into. @see PNG, section 8 */
export function pngPasses(width: number, height: number, interlaced: boolean): PngPass[] {
  return (interlaced ? adam7 : [[0, 0, 1, 1]])
    .map(([x, y, dx, dy]) => ({
      ...{ x, y, dx, dy },
      width: Math.ceil((width - x) / dx),
      height: Math.ceil((height - y) / dy),
    }))
    .filter((pass) => pass.width > 0 && pass.height > 0);
}
