import * as tf from '@tensorflow/tfjs-core';

/** Numbers about as large as a normal draw, the same for the same seed. */
export function drawn(shape: readonly number[], seed: number): Float32Array {
  let state = (seed * 2654435761) >>> 0 || 1;
  const next = () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
  return Float32Array.from(
    { length: tf.util.sizeFromShape(shape as number[]) },
    () => 1.7 * (next() + next() + next() - 1.5),
  );
}
