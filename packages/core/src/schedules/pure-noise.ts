/**
 * The noise level that stands for "no signal left" (a zero terminal signal-to-noise ratio, flow time 1), whose true noise
 * level is infinite: high enough that float32 sees nothing of data of unit scale, low enough that nothing overflows.
 *
 * @example
 * if (sigma >= pureNoise) return tf.zerosLike(x);
 */
export const pureNoise = 1e8;
