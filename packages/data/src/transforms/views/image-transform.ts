import type { Key } from '@diptych/core';

/** One image on the host. */
export interface HostImage {
  /** Row-major, channels interleaved; 0 black .. 1 white. */
  data: Float32Array;
  /** [H, W, C]. */
  shape: readonly [number, number, number];
}

/** Changes an image in a way that the key alone decides; leaves its input as it is. Any function of this form will do. */
export type ImageTransform = (image: HostImage, key: Key) => HostImage;
