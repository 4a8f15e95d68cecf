/** A window function around 0 from which resizing takes its weights. */
export interface ResizeKernel {
  /** It is 0 from here on, in pixels. */
  support: number;
  weight(x: number): number;
}
