import { readNpz, writeNpz } from '@diptych/formats';
import { checkOptions, checkRule, checkShape, FormatError, rules } from '@diptych/formats/errors';
import { evalRules } from './eval-rules.ts';
import { checkMoments } from './moments.ts';
import type { Moments } from './moments.ts';

/**
 * Reference statistics from a `.npz` file with `mu` [dims] and `sigma` [dims, dims], as pytorch-fid and its relatives write
 * them; `count` is read if it is there, and NaN otherwise.
 *
 * **Shapes** mu [dims], sigma [dims, dims]. **Memory** the numbers are copies in float64.
 *
 * @throws DiptychError if an array is missing, has another shape or is not finite, or `sigma` is not symmetric.
 * @example
 * const reference = momentsFromNpz(await readFile('cifar10.npz'));
 */
export function momentsFromNpz(bytes: Uint8Array, options: { name?: string } = {}): Moments {
  const where = 'momentsFromNpz';
  const { name = 'npz' } = checkOptions(where, options, { name: rules.text });
  checkRule(where, 'bytes', evalRules.bytes, bytes);
  const { mu, sigma, count } = readNpz(bytes, { name });
  if (!mu || !sigma) throw new FormatError(where, `${name} has no arrays mu and sigma`);
  const dims = mu.data.length;
  checkShape(where, { [`mu of ${name}`]: mu }, ['dims']);
  checkShape(where, { [`sigma of ${name}`]: sigma }, [dims, dims]);
  const read: Moments = {
    count: count ? count.data[0] : NaN,
    dims,
    mean: Float64Array.from(mu.data),
    covariance: Float64Array.from(sigma.data),
  };
  checkMoments(read, where, name);
  return read;
}

/**
 * Moments as the bytes of a `.npz` file with `mu`, `sigma` and `count`, which numpy and pytorch-fid read.
 *
 * @example
 * await saveBytes('digits.npz', momentsToNpz(moments(features)));
 */
export function momentsToNpz(moments: Moments): Uint8Array {
  checkMoments(moments, 'momentsToNpz', 'moments');
  const { count, dims, mean, covariance } = moments;
  return writeNpz({
    mu: { shape: [dims], data: mean },
    sigma: { shape: [dims, dims], data: covariance },
    count: { shape: [], data: new Float64Array([count]) },
  });
}
