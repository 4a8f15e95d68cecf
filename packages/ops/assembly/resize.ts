/** The gradient of enlarging images [batch, height, width, channels] by whole factors, each pixel repeated. */
import { loadFirst, storeFirst } from './simd';

/** dx [batch, height, width, channels] = sums of the blocks [down, across] of dy. */
export function enlargeGrad(
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  down: i32,
  across: i32,
  dy: usize,
  dx: usize,
): void {
  const pixel = channels << 2;
  const line = width * across * pixel;
  for (let row = 0; row < batch * height; row++, dy += down * line) {
    for (let column = 0; column < width; column++, dx += pixel) {
      const corner = dy + column * across * pixel;
      for (let c = 0; c < channels; c += 4) {
        const left = channels - c;
        let sum = f32x4.splat(0);
        for (let i = 0; i < down; i++) {
          const from = corner + i * line + (c << 2);
          for (let j = 0; j < across; j++) sum = f32x4.add(sum, loadFirst(from + j * pixel, left));
        }
        storeFirst(dx + (c << 2), sum, left);
      }
    }
  }
}
