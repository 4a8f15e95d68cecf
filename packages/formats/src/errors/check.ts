import { DiptychError } from './diptych-error.ts';

/**
 * Throws a `DiptychError` unless `condition` holds: `<where>: <parameter> must be <rule>, got <value>`.
 *
 * @throws DiptychError if the condition does not hold
 * @example
 * check(sigmas.length > 1, 'sample', 'sigmas', 'at least two levels', sigmas);
 */
export function check(
  condition: unknown,
  where: string,
  parameter: string,
  rule: string,
  value: unknown,
): asserts condition {
  if (!condition) throw new DiptychError({ where, parameter, rule, value });
}

/**
 * Throws a `DiptychError` that says what is wrong with a state or with the world around: `<where>: <sentence>`.
 *
 * @throws DiptychError always
 * @example
 * if (left < size) fail('download', `no space left for ${describeValue(name)}`, { cause });
 */
export function fail(where: string, sentence: string, options?: ErrorOptions): never {
  throw new DiptychError({ where, sentence }, options);
}
