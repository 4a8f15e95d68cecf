import type * as tf from '@tensorflow/tfjs-core';
import type { EmaState } from '../ema/ema.ts';

/** The first average by these names, unpacked only when somebody looks; undefined where there is none. */
export function lazyTensors(
  names: readonly string[],
  averages: ReadonlyMap<string, EmaState>,
): tf.NamedTensorMap | undefined {
  const [average] = averages.values();
  if (!average) return undefined;
  const property = (name: string) => ({ enumerable: true, get: () => average.tensors()[name] });
  return Object.defineProperties({}, Object.fromEntries(names.map((name) => [name, property(name)])));
}
