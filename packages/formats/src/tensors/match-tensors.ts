import { checkRule, describeValue, rules } from '../errors/index.ts';
import type { HostTensors } from './host-tensor.ts';

/** How tensors fit the weights that are wanted, by name. */
export interface TensorMatch {
  /** Wanted names without a tensor. */
  missing: string[];
  /** Tensors that nothing wants. */
  unexpected: string[];
  /** `<name> is [2,3] (6 numbers) instead of [3,2]`, for each tensor of another shape or length. */
  misshapen: string[];
}

const sizes = rules.list(rules.index);

/**
 * Compares tensors with the shapes that are wanted under their names; that they do not fit is no error.
 *
 * @throws DiptychError if these are no tensors or no shapes
 * @example
 * const { missing, unexpected, misshapen } = matchTensors(readSafetensors(bytes).tensors, { bias: [8] });
 */
export function matchTensors(tensors: HostTensors, shapes: Readonly<Record<string, readonly number[]>>): TensorMatch {
  checkRule('matchTensors', 'tensors', rules.record, tensors);
  checkRule('matchTensors', 'shapes', rules.record, shapes);
  for (const [name, shape] of Object.entries(shapes)) {
    checkRule('matchTensors', `shape of ${describeValue(name)}`, sizes, shape);
    if (Object.hasOwn(tensors, name)) {
      checkRule('matchTensors', `tensor ${describeValue(name)}`, rules.object, tensors[name]);
      const { shape: found, data } = tensors[name];
      checkRule('matchTensors', `shape of tensor ${describeValue(name)}`, sizes, found);
      checkRule('matchTensors', `data of tensor ${describeValue(name)}`, rules.array, data);
    }
  }
  const wanted = Object.keys(shapes);
  const misshapen = wanted.flatMap((name) => {
    if (!Object.hasOwn(tensors, name)) return [];
    const { shape, data } = tensors[name];
    const size = shapes[name].reduce((product, axis) => product * axis, 1);
    const fits = shape.join() === shapes[name].join() && data.length === size;
    return fits ? [] : [`${name} is [${shape}] (${data.length} numbers) instead of [${shapes[name]}]`];
  });
  return {
    missing: wanted.filter((name) => !Object.hasOwn(tensors, name)),
    unexpected: Object.keys(tensors).filter((name) => !Object.hasOwn(shapes, name)),
    misshapen,
  };
}
