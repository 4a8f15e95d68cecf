import { foldIn, uniforms } from '@diptych/core';
import type { Key } from '@diptych/core';

/**
 * Independent uniform draws; that of sample i depends on the key and on first + i only, so a batch may be cut anywhere.
 *
 * @example
 * evaluateObjective(objective, { network, batch, key, step, draws: independentDraws }); // the default
 */
export function independentDraws(key: Key, count: number, first: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => uniforms(foldIn(key, first + i), 1)[0] as number);
}
