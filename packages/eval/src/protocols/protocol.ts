/** How an image of 8-bit levels becomes the input of a feature network. Its name is part of every result. */
export interface Protocol {
  readonly name: string;
  /** Height and width of the network's input. */
  readonly size: readonly [number, number];
  /**
   * One image, resized and normalised.
   *
   * **Shapes** levels [H, W, 3]; result [size[0], size[1], 3].
   */
  prepare(levels: Uint8Array, shape: readonly [number, number, number]): Float32Array;
}
