/**
 * Numbers that describe one non-leaky augmentation.
 *
 * @example
 * tf.zeros([batchSize, augmentationParameters]);
 */
export const augmentationParameters = 9;

/**
 * Plain numbers of one batch of images, no tensors, no engine: what data sets yield and training consumes.
 */
export interface Batch {
  /** Images, NHWC, row-major; uint8 0..255 or float32 in [-1, 1]. */
  x: Float32Array | Uint8Array;
  /** [B, H, W, C] of `x`. */
  shape: readonly [number, number, number, number];
  /** Class of each image, if the data set has classes. */
  label?: Int32Array;
  /** Parameters of the non-leaky augmentation that made each image, [B, A]; A = 9 for EDM's CIFAR-10 set. */
  augmentation?: Float32Array;
  /** Position of each image in its data set. */
  index?: Int32Array;
  /** Further views of the same images, for self-distillation: same shape rules, same order. */
  views?: readonly Batch[];
}

/** A stream of batches that can begin anywhere: how an interrupted training goes on with the data it has not seen. */
export interface Batches {
  /** The batches from a 0-based step on, the same ones at every call. */
  from(step: number): AsyncIterable<Batch>;
}
