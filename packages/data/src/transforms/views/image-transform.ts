import { check, rules } from '@diptych/formats/errors';
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

/** Throws unless this is an image as transforms take it. */
export function checkImage(where: string, image: unknown): asserts image is HostImage {
  const { data, shape } = (image ?? {}) as Partial<HostImage>;
  const sides = rules.list(rules.count).holds(shape) && shape!.length === 3;
  const isImage = sides && data instanceof Float32Array && data.length === shape![0] * shape![1] * shape![2];
  check(isImage, where, 'image', '{ data: Float32Array of 0..1, shape: [H, W, C] }', image);
}
