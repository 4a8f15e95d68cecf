/** How much more often than `probability` each operation happens; one that is absent is not in the set and has no label. */
export interface AugmentationOps {
  /** Mirror left and right; up and down. One label each. */
  xflip?: number;
  yflip?: number;
  /** Quarter turns. Two labels. */
  rotateInt?: number;
  /** Shift by whole pixels, up to an eighth of the size. Two labels. */
  translateInt?: number;
  /** Zoom by 2^(0.2 w), w normal. One label. */
  scale?: number;
  /** Turn by any angle. Two labels. */
  rotateFrac?: number;
  /** Stretch by 2^(0.2 w) along an axis. Two labels. */
  aniso?: number;
  /** Shift by an eighth of the size times a normal number. Two labels. */
  translateFrac?: number;
}

/** The random numbers of one image. */
export interface AugmentationDraws {
  /** An operation happens where its gate, uniform in (0, 1), is below multiplier * probability. */
  xflip?: { gate: number; value: number };
  yflip?: { gate: number; value: number };
  /** Quarter turns, 0..3. */
  rotateInt?: { gate: number; value: number };
  /** Uniform in (0, 1): right, and up. */
  translateInt?: { gate: number; uniform: readonly [number, number] };
  scale?: { gate: number; gaussian: number };
  rotateFrac?: { gate: number; uniform: number };
  /** The axis is turned where `rotateGate` is below 1/2. */
  aniso?: { gate: number; gaussian: number; uniform: number; rotateGate: number };
  translateFrac?: { gate: number; gaussian: readonly [number, number] };
}

/** Labels of each operation, in the order in which they stand. */
export const augmentationLabels = {
  xflip: 1,
  yflip: 1,
  rotateInt: 2,
  translateInt: 2,
  scale: 1,
  rotateFrac: 2,
  aniso: 2,
  translateFrac: 2,
} as const satisfies Record<keyof AugmentationOps, number>;

/** The set of EDM's CIFAR-10 runs, 9 labels: xflip always passes its gate, so half of all images are mirrored. */
export const cifarAugmentationOps: AugmentationOps = {
  xflip: 1e8,
  yflip: 1,
  scale: 1,
  rotateFrac: 1,
  aniso: 1,
  translateFrac: 1,
};
