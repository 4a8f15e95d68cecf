import { checkNonNegative } from '@diptych/formats/errors';

/** Last parts of names of weights that shift, scale or stand for a place. */
const exempt = /^(bias|beta|gamma|scale|gain|pos\w*|\w*positions?|\w*tokens?)$/i;

/**
 * Weight decay for the weights that multiply, none for those that shift, scale or stand for a place: vectors (biases,
 * norms) and everything called a position or a token are left alone.
 *
 * @param weightDecay of all other weights.
 * @see Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization, arXiv:1711.05101, for the decay itself;
 * `noDecayOnVectors`, which spares embeddings too, for use beside other groups
 * @example
 * adamW({ weightDecay: decayMatrices(0.05) });
 */
export function decayMatrices(weightDecay: number): (name: string, shape: readonly number[]) => number {
  checkNonNegative('decayMatrices', { weightDecay });
  return (name, shape) => (isVector(name, shape) ? 0 : weightDecay);
}

/** Whether a weight shifts, scales or stands for a place. */
export function isVector(name: string, shape: readonly number[]): boolean {
  return shape.length < 2 || exempt.test(name.split('.').at(-1) ?? '');
}
