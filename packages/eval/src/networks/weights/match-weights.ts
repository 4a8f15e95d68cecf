import { DiptychError } from '@diptych/formats/errors';
import { matchTensors, numbersOf } from '@diptych/formats';
import type { HostTensors } from '@diptych/formats';

/** Shape of every tensor that a network needs, by its name in the weight file. */
export type WeightShapes = Readonly<Record<string, readonly number[]>>;

/**
 * The tensors of a file as float32, if they are those that a network needs; otherwise one error that lists every missing,
 * unexpected and wrongly shaped one. Counters of batch norms (`num_batches_tracked`) are passed over.
 */
export function matchWeights(
  tensors: HostTensors,
  shapes: WeightShapes,
  where: string,
): Readonly<Record<string, Float32Array>> {
  const { missing, unexpected, misshapen } = matchTensors(tensors, shapes);
  const unsound = Object.keys(shapes).filter(
    (name) => Object.hasOwn(tensors, name) && !Array.prototype.every.call(numbersOf(tensors[name]), Number.isFinite),
  );
  const faults = [
    list('missing', missing),
    list(
      'unexpected',
      unexpected.filter((name) => !name.endsWith('num_batches_tracked')),
    ),
    list('of another shape', misshapen),
    list('with NaN or infinity', unsound),
  ].filter(Boolean);
  if (faults.length > 0) {
    const rule = `the ${Object.keys(shapes).length} tensors of this network`;
    throw new DiptychError({ where, parameter: 'weights', rule, value: faults.join('; ') });
  }
  return Object.fromEntries(
    Object.keys(shapes).map((name) => {
      const numbers = numbersOf(tensors[name]);
      return [name, numbers instanceof Float32Array ? numbers : Float32Array.from(numbers)];
    }),
  );
}

function list(what: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const shown = names.slice(0, 8).join(', ');
  return `${names.length} ${what}: ${shown}${names.length > 8 ? ', …' : ''}`;
}
