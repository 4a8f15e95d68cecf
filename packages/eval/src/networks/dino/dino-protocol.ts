import { resizeLevels } from '@diptych/ops';
import type { Protocol } from '../protocols/protocols.ts';

const mean = [0.485, 0.456, 0.406];
const deviation = [0.229, 0.224, 0.225];

/**
 * DINO's own evaluation: Pillow's bicubic in 8 bits until the shorter side is 256, the middle 224x224, then ImageNet's mean and
 * deviation per channel.
 *
 * @see facebookresearch/dino, eval_knn.py
 */
export const dinoProtocol: Protocol = {
  name: 'dino',
  size: [224, 224],
  prepare(levels, [height, width]) {
    const shorter = Math.min(height, width);
    const [h, w] = [height, width].map((side) => Math.trunc((256 * side) / shorter));
    const resized = resizeLevels(levels, [height, width, 3], [h, w]);
    const [top, left] = [h, w].map((side) => roundHalfEven((side - 224) / 2));
    const input = new Float32Array(224 * 224 * 3);
    for (let y = 0, at = 0; y < 224; y++) {
      for (let x = 0; x < 224; x++) {
        for (let c = 0; c < 3; c++, at++) {
          const level = resized[((top + y) * w + left + x) * 3 + c];
          input[at] = (level / 255 - mean[c]) / deviation[c];
        }
      }
    }
    return input;
  },
};

/** Python's `round`, which torchvision crops by. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  return value - floor === 0.5 ? floor + (floor % 2) : Math.round(value);
}
