import type { AugmentationPlan } from './plan-augmentation.ts';

/** Mirrors, quarter turns and shifts of one image [H, W, C]: every output pixel is an input pixel. */
export function movePixels(
  image: Float32Array,
  [height, width, channels]: readonly [number, number, number],
  { flipX, flipY, turns, shift }: AugmentationPlan,
): Float32Array {
  const [right, up] = shift;
  if (!flipX && !flipY && turns === 0 && right === 0 && up === 0) return image;
  const moved = new Float32Array(image.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      // Backwards through the operations: shift, turn, mirror.
      let [fromY, fromX] = [mirrored(y + up, height), mirrored(x - right, width)];
      for (let turn = 0; turn < turns; turn++) [fromY, fromX] = [fromX, width - 1 - fromY];
      if (flipY) fromY = height - 1 - fromY;
      if (flipX) fromX = width - 1 - fromX;
      const [from, to] = [(fromY * width + fromX) * channels, (y * width + x) * channels];
      for (let c = 0; c < channels; c++) moved[to + c] = image[from + c];
    }
  }
  return moved;
}

/** A position beyond the border, mirrored at the outermost pixel (which is not repeated). */
export function mirrored(position: number, size: number): number {
  if (position < 0) return -position;
  return position < size ? position : 2 * (size - 1) - position;
}
