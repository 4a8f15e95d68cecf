/** Sizes of a DDPM UNet. */
export interface UNetShape {
  image: readonly [number, number, number];
  /** Channels of the first level. */
  base: number;
  /** Channels of each level over `base`. */
  multipliers: readonly number[];
  /** Residual blocks of a level on the way down; there is one more on the way up. */
  blocks: number;
  /** Sides of the images that attention is paid to. */
  attention: readonly number[];
  batch: number;
}

/** The network of DDPM for CIFAR-10, 35.7 M parameters. @see Ho et al. 2020, arXiv:2006.11239, appendix B */
export const ddpmUNet: UNetShape = {
  image: [32, 32, 3],
  base: 128,
  multipliers: [1, 2, 2, 2],
  blocks: 2,
  attention: [16],
  batch: 4,
};

/** A residual block, with attention after it or not, or a convolution that halves or doubles the side. */
export interface UNetStage {
  name: string;
  part: 'down' | 'mid' | 'up';
  kind: 'residual' | 'smaller' | 'larger';
  /** Side of the image that its convolutions make. */
  side: number;
  /** Channels that come in: on the way up those of the skip included. */
  inputs: number;
  outputs: number;
  attention: boolean;
}

/** The stages of a UNet between its first and its last convolution, in the order of the computation. */
export function unetStages({ image, base, multipliers, blocks, attention }: UNetShape): UNetStage[] {
  const stages: UNetStage[] = [];
  let [side, width] = [image[0], base];
  const add = (part: UNetStage['part'], kind: UNetStage['kind'], inputs: number, outputs: number, attends: boolean) => {
    stages.push({ name: `${part}.${stages.length}`, part, kind, side, inputs, outputs, attention: attends });
    width = outputs;
  };
  const kept = [base];
  multipliers.forEach((multiplier, level) => {
    for (let i = 0; i < blocks; i++) {
      add('down', 'residual', width, base * multiplier, attention.includes(side));
      kept.push(width);
    }
    if (level + 1 === multipliers.length) return;
    side /= 2;
    add('down', 'smaller', width, width, false);
    kept.push(width);
  });
  add('mid', 'residual', width, width, true);
  add('mid', 'residual', width, width, false);
  for (let level = multipliers.length - 1; level >= 0; level--) {
    for (let i = 0; i <= blocks; i++) {
      add('up', 'residual', width + kept.pop()!, base * multipliers[level], attention.includes(side));
    }
    if (level === 0) continue;
    side *= 2;
    add('up', 'larger', width, width, false);
  }
  return stages;
}

/** Floating-point operations of the products of one forward pass over the batch. */
export function unetFlop(shape: UNetShape): number {
  const { base, image, batch } = shape;
  const places = image[0] * image[1];
  let multiplications = base * 4 * base + (4 * base) ** 2 + 2 * places * 9 * image[2] * base;
  for (const { kind, side, inputs, outputs, attention } of unetStages(shape)) {
    const area = side ** 2;
    multiplications += area * 9 * inputs * outputs;
    if (kind === 'residual') {
      multiplications += area * 9 * outputs ** 2 + 4 * base * outputs;
      if (inputs !== outputs) multiplications += area * inputs * outputs;
    }
    if (attention) multiplications += area * 4 * outputs ** 2 + 2 * area ** 2 * outputs;
  }
  return 2 * batch * multiplications;
}
