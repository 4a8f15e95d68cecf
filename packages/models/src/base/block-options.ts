import type { layers } from '@tensorflow/tfjs-layers';

type LayerOptions = NonNullable<ConstructorParameters<typeof layers.Layer>[0]>;

/** What every block takes besides its own options. */
export interface BlockOptions extends Pick<LayerOptions, 'name' | 'trainable' | 'inputShape' | 'batchInputShape'> {
  /** Seed of the first weights of a block that is no part of another one; parts follow their root. Default 0. */
  seed?: number;
  /**
   * Type of the inputs for tfjs. All weights and sums are float32: the backends have no kernels that train in half precision, so other
   * floats are refused.
   */
  dtype?: LayerOptions['dtype'];
}

/** One weight as a block declares it: takes no memory. */
export interface ParameterSpec {
  shape: readonly number[];
  trainable: boolean;
}
