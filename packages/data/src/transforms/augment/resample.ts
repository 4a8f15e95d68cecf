import { mirrored } from './move-pixels.ts';
import type { Affine } from './plan-augmentation.ts';

/** Low-pass filter of the wavelet sym6, orthogonal to its own even shifts. @see Daubechies 1992, Ten lectures on wavelets, table 6.3 */
const taps = [
  0.015404109327027373, 0.0034907120842174702, -0.11799011114819057, -0.048311742585633, 0.4910559419267466,
  0.787641141030194, 0.3379294217276218, -0.07263752278646252, -0.021060292512300564, 0.04472490177066578,
  0.0017677118642428036, -0.007800708325034148,
];

/** Pixels that a side of the image reaches beyond its border, per side. */
export interface FramePadding {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** How far the mirrored border must reach so that the map finds pixels: the corners of the image under it, and the filter. */
export function framePadding(matrix: Affine, height: number, width: number): FramePadding {
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
  const reach = { left: -Infinity, top: -Infinity, right: -Infinity, bottom: -Infinity };
  for (const [x, y] of [
    [-cx, -cy],
    [cx, -cy],
    [cx, cy],
    [-cx, cy],
  ] as const) {
    const [u, v] = [matrix[0] * x + matrix[1] * y + matrix[2], matrix[3] * x + matrix[4] * y + matrix[5]];
    reach.left = Math.max(reach.left, -u);
    reach.right = Math.max(reach.right, u);
    reach.top = Math.max(reach.top, -v);
    reach.bottom = Math.max(reach.bottom, v);
  }
  const pixels = (far: number, center: number, most: number) =>
    Math.ceil(Math.min(Math.max(far + 6 - center, 0), most));
  return {
    left: pixels(reach.left, cx, width - 1),
    top: pixels(reach.top, cy, height - 1),
    right: pixels(reach.right, cx, width - 1),
    bottom: pixels(reach.bottom, cy, height - 1),
  };
}

/**
 * One image [H, W, C] under an affine map from output to input coordinates, without aliasing: mirrored border, twice the
 * resolution through the wavelet filter, bilinear sampling, and back.
 *
 * @see Karras et al. 2020, Training generative adversarial networks with limited data, appendix B.1
 */
export function resample(
  image: Float32Array,
  [height, width, channels]: readonly [number, number, number],
  matrix: Affine,
): Float32Array {
  const padding = framePadding(matrix, height, width);
  const [tall, wide] = [height + padding.top + padding.bottom, width + padding.left + padding.right];
  const [outTall, outWide] = [2 * (height + 6), 2 * (width + 6)];
  // Where the centre of the image lies in the padded one, in pixels of twice the resolution.
  const [cx, cy] = [padding.left + width / 2, padding.top + height / 2];
  const result = new Float32Array(image.length);

  for (let c = 0; c < channels; c++) {
    const framed = new Float64Array(tall * wide);
    for (let y = 0; y < tall; y++) {
      const row = mirrored(y - padding.top, height) * width;
      for (let x = 0; x < wide; x++)
        framed[y * wide + x] = image[(row + mirrored(x - padding.left, width)) * channels + c];
    }
    const fine = upsampleColumns(upsampleRows(framed, tall, wide), tall, 2 * wide);

    const sampled = new Float64Array(outTall * outWide);
    for (let y = 0; y < outTall; y++) {
      for (let x = 0; x < outWide; x++) {
        // Centre coordinates in pixels of the image; doubling moved the centre by half a fine pixel.
        const [px, py] = [(x + 1 - outWide / 2) / 2, (y + 1 - outTall / 2) / 2];
        const u = 2 * (matrix[0] * px + matrix[1] * py + matrix[2] + cx) - 1;
        const v = 2 * (matrix[3] * px + matrix[4] * py + matrix[5] + cy) - 1;
        sampled[y * outWide + x] = bilinear(fine, 2 * tall, 2 * wide, v, u);
      }
    }

    const coarse = downsampleRows(downsampleColumns(sampled, outTall, outWide), outTall / 2, outWide);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        result[(y * width + x) * channels + c] = coarse[(y + 3) * (width + 6) + x + 3];
      }
    }
  }
  return result;
}

/** The value between four pixels; outside the image it is 0. */
function bilinear(image: Float64Array, height: number, width: number, y: number, x: number): number {
  const [y0, x0] = [Math.floor(y), Math.floor(x)];
  const [fy, fx] = [y - y0, x - x0];
  const at = (row: number, column: number) =>
    row >= 0 && row < height && column >= 0 && column < width ? image[row * width + column] : 0;
  const upper = (1 - fx) * at(y0, x0) + fx * at(y0, x0 + 1);
  const lower = (1 - fx) * at(y0 + 1, x0) + fx * at(y0 + 1, x0 + 1);
  return (1 - fy) * upper + fy * lower;
}

/** [height, width] -> [height, 2 width]: zeros between the pixels, then the reversed filter. */
function upsampleRows(image: Float64Array, height: number, width: number): Float64Array {
  return alongRows(image, height, width, 2 * width, (row, from, at) => {
    let sum = 0;
    for (let t = at % 2; t < 12; t += 2) {
      const k = (at + t - 6) / 2;
      if (k >= 0 && k < width) sum += row[from + k] * taps[11 - t];
    }
    return sum;
  });
}

/** [height, width] -> [height, width / 2]: the filter at every other pixel. */
function downsampleRows(image: Float64Array, height: number, width: number): Float64Array {
  return alongRows(image, height, width, width / 2, (row, from, at) => {
    let sum = 0;
    for (let t = 0; t < 12; t++) {
      const k = 2 * at + t - 5;
      if (k >= 0 && k < width) sum += row[from + k] * taps[t];
    }
    return sum;
  });
}

function upsampleColumns(image: Float64Array, height: number, width: number): Float64Array {
  return transpose(upsampleRows(transpose(image, height, width), width, height), width, 2 * height);
}

function downsampleColumns(image: Float64Array, height: number, width: number): Float64Array {
  return transpose(downsampleRows(transpose(image, height, width), width, height), width, height / 2);
}

function alongRows(
  image: Float64Array,
  height: number,
  width: number,
  outWidth: number,
  value: (row: Float64Array, from: number, at: number) => number,
): Float64Array {
  const out = new Float64Array(height * outWidth);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < outWidth; x++) out[y * outWidth + x] = value(image, y * width, x);
  }
  return out;
}

function transpose(image: Float64Array, height: number, width: number): Float64Array {
  const out = new Float64Array(image.length);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) out[x * height + y] = image[y * width + x];
  return out;
}
