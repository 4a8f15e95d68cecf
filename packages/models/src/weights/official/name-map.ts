import { check } from '@diptych/ops';
import type { HostArrays, HostDtype, HostTensor, HostTensors } from '../host-tensor.ts';

/** How one weight of ours is called and laid out in an official PyTorch checkpoint. */
export interface OfficialWeight {
  name: string;
  /** Shape there. */
  shape: readonly number[];
  /** Which axis of theirs becomes each axis of ours, before a reshape to our shape. Default: no transposition. */
  axes?: readonly number[];
}

/** How a network of ours appears in an official checkpoint. */
export interface NameMap {
  /** Official names and layouts by our dotted names; `ours` is our shape. */
  weights: Readonly<Record<string, OfficialWeight & { ours: readonly number[] }>>;
  /** What the checkpoint holds beside weights: tables that we compute. */
  constants: Readonly<Record<string, () => HostTensor>>;
}

/**
 * Renames and transposes the tensors of an official checkpoint into a state dict of ours. Tensors that the map does not know
 * stay under their own name, so that `loadStateDict` reports them; constants are left out.
 *
 * @throws DiptychError if a tensor has another shape than the official network
 * @example
 * loadStateDict(network, fromOfficial(readSafetensors(bytes).tensors, uvitNames(network)));
 */
export function fromOfficial(tensors: HostTensors, map: NameMap): HostTensors {
  const ours = new Map(Object.entries(map.weights).map(([name, weight]) => [weight.name, { ...weight, as: name }]));
  const given = Object.entries(tensors).filter(([name]) => !Object.hasOwn(map.constants, name));
  return Object.fromEntries(
    given.map(([name, tensor]) => {
      const weight = ours.get(name);
      if (!weight) return [name, tensor];
      check(sameShape(tensor.shape, weight.shape), 'fromOfficial', name, `of shape [${weight.shape}]`, tensor);
      return [weight.as, { ...transposed(tensor, weight.axes), shape: weight.ours }];
    }),
  );
}

/**
 * The inverse of `fromOfficial`: a state dict of ours (or gradients under our names) under the official names, in the
 * official layout. A checkpoint for the official code needs `officialConstants` beside it.
 *
 * @throws DiptychError if a tensor has another shape than our weight
 * @example
 * const names = ditNames(network);
 * writeSafetensors({ ...toOfficial(await stateDict(network), names), ...officialConstants(names) });
 */
export function toOfficial(tensors: HostTensors, map: NameMap): HostTensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => {
      const weight = Object.hasOwn(map.weights, name) ? map.weights[name] : undefined;
      if (!weight) return [name, tensor];
      check(sameShape(tensor.shape, weight.ours), 'toOfficial', name, `of shape [${weight.ours}]`, tensor);
      const { shape, axes = shape.map((_, i) => i) } = weight;
      const back = { ...tensor, shape: axes.map((axis) => shape[axis]) } as HostTensor;
      return [
        weight.name,
        transposed(
          back,
          axes.map((_, i) => axes.indexOf(i)),
        ),
      ];
    }),
  );
}

/** The tables that an official checkpoint holds beside weights. */
export function officialConstants(map: NameMap): HostTensors {
  return Object.fromEntries(Object.entries(map.constants).map(([name, make]) => [name, make()]));
}

const sameShape = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((n, i) => n === b[i]);

/** The tensor with its axes in another order: axis i of the result is axis `axes[i]` of the tensor. */
function transposed(tensor: HostTensor, axes?: readonly number[]): HostTensor {
  if (!axes || axes.every((axis, i) => axis === i)) return tensor;
  const strides = tensor.shape.map((_, i) => tensor.shape.slice(i + 1).reduce((product, n) => product * n, 1));
  const shape = axes.map((axis) => tensor.shape[axis]);
  const steps = axes.map((axis) => strides[axis]);
  const source = tensor.data as HostArrays['float32'];
  const data = source.slice();
  const index = shape.map(() => 0);
  for (let i = 0, at = 0; i < data.length; i++) {
    data[i] = source[at];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += steps[axis];
      if (++index[axis] < shape[axis]) break;
      at -= steps[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return { dtype: tensor.dtype as HostDtype, shape, data } as HostTensor;
}
