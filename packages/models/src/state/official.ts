import { check } from '@diptych/formats/errors';
import type { HostArrays, HostDtype, HostTensor, HostTensors } from '@diptych/formats';
import { familyOf } from './official-family.ts';
import type { ParameterSpec } from '../base/weight-tree.ts';

/** How one weight of ours is called and laid out in an official PyTorch checkpoint. */
export interface OfficialWeight {
  name: string;
  /** Further tensors of the same shape that follow it along our last axis: a projection that is split there. */
  also?: readonly string[];
  /** Shape of each there. */
  shape: readonly number[];
  /** That shape with an axis taken apart, for a projection whose rows are interleaved: [heads, 3, d, inputs]. Default `shape`. */
  view?: readonly number[];
  /** Which axis of theirs becomes each axis of ours, before a reshape to our shape. Default: no transposition. */
  axes?: readonly number[];
}

/** How a network of ours appears in an official checkpoint. */
export interface NameMap {
  /** Official names and layouts by our dotted names; `ours` is our shape. */
  weights: Readonly<Record<string, OfficialWeight & { ours: readonly number[] }>>;
  /** What the checkpoint holds beside weights: tables that we compute. */
  constants: Readonly<Record<string, () => HostTensor>>;
  /** Weights of ours that the checkpoint lacks, since the official network computes them. */
  computed: Readonly<Record<string, () => HostTensor>>;
}

/**
 * Renames and transposes the tensors of an official checkpoint into a state dict of ours. Tensors that the map does not know
 * stay under their own name, so that `loadStateDict` reports them; constants are left out.
 *
 * @throws DiptychError if the tensors are those of another family, or one has another shape than in the official network
 * @example
 * loadStateDict(network, fromOfficial(readSafetensors(bytes).tensors, uvitNames(network)));
 */
export function fromOfficial(tensors: HostTensors, map: NameMap): HostTensors {
  checkFamily(tensors, map);
  const used = new Set(Object.keys(map.constants));
  const found = Object.entries(map.weights).flatMap(([ours, weight]) => {
    const names = namesOf(weight);
    if (!names.every((name) => Object.hasOwn(tensors, name))) return [];
    const parts = names.map((name) => {
      const { [name]: tensor } = tensors;
      check(sameShape(tensor.shape, weight.shape), 'fromOfficial', name, `of shape [${weight.shape}]`, tensor);
      used.add(name);
      return transposed({ ...tensor, shape: weight.view ?? weight.shape } as HostTensor, weight.axes);
    });
    return [[ours, joined(parts, weight.ours)] as const];
  });
  const computed = Object.entries(map.computed).map(([name, make]) => [name, make()] as const);
  const rest = Object.entries(tensors).filter(([name]) => !used.has(name));
  return Object.fromEntries([...found, ...computed, ...rest]);
}

/** Refuses tensors few of which have the names of the map, and says what they seem to be. */
function checkFamily(tensors: HostTensors, map: NameMap): void {
  const given = Object.keys(tensors);
  const wanted = Object.values(map.weights).flatMap(namesOf);
  const found = wanted.filter((name) => Object.hasOwn(tensors, name));
  if (given.length === 0 || 2 * found.length > given.length || 2 * found.length > wanted.length) return;
  const list = (of: readonly string[]) => of.slice(0, 3).join(', ');
  const family = familyOf(given);
  const rule = `named as this map names them (${list(wanted)}, ...); these are of ${family}`;
  check(!family, 'fromOfficial', 'tensors', rule, `${list(given)}${given.length > 3 ? ', ...' : ''}`);
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
  const wanted = Object.entries(tensors).filter(([name]) => !Object.hasOwn(map.computed, name));
  return Object.fromEntries(
    wanted.flatMap(([name, tensor]) => {
      const weight = Object.hasOwn(map.weights, name) ? map.weights[name] : undefined;
      if (!weight) return [[name, tensor] as const];
      check(sameShape(tensor.shape, weight.ours), 'toOfficial', name, `of shape [${weight.ours}]`, tensor);
      const { view = weight.shape, axes = view.map((_, i) => i) } = weight;
      const back = axes.map((_, i) => axes.indexOf(i));
      const names = namesOf(weight);
      const turned = axes.map((axis) => view[axis]);
      return split(tensor, names.length).map((part, i) => {
        const { data } = transposed({ ...part, shape: turned } as HostTensor, back);
        return [names[i], { ...part, data, shape: weight.shape } as HostTensor] as const;
      });
    }),
  );
}

/** All official names of a weight, in the order of our last axis. */
export const namesOf = ({ name, also = [] }: OfficialWeight): string[] => [name, ...also];

/** Tensors side by side along the last axis of `shape`. */
function joined(parts: readonly HostTensor[], shape: readonly number[]): HostTensor {
  if (parts.length === 1) return { ...parts[0], shape };
  const width = shape[shape.length - 1] / parts.length;
  const data = (parts[0].data as HostArrays['float32']).constructor as Float32ArrayConstructor;
  const whole = new data(parts.length * parts[0].data.length);
  whole.forEach((_, at) => {
    const column = at % (width * parts.length);
    const row = Math.floor(at / (width * parts.length));
    whole[at] = parts[Math.floor(column / width)].data[row * width + (column % width)] as number;
  });
  return { ...parts[0], data: whole, shape } as HostTensor;
}

/** The inverse of `joined`: equal parts of the last axis. */
function split(tensor: HostTensor, count: number): HostTensor[] {
  if (count === 1) return [tensor];
  const columns = tensor.shape[tensor.shape.length - 1];
  const width = columns / count;
  const source = tensor.data as HostArrays['float32'];
  return Array.from({ length: count }, (_, part) => {
    const data = source.filter((_, at) => Math.floor((at % columns) / width) === part);
    return { ...tensor, data } as HostTensor;
  });
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

/** One rule of renaming: a pattern of our dotted names and what replaces it. */
export type Renaming = readonly [pattern: RegExp, replacement: string];

/** Options of `nameMapOf`. */
export interface NameMapOptions {
  /** Layouts by our name, for weights with a shape of their own there. */
  exceptions?: Readonly<Record<string, Partial<OfficialWeight>>>;
  /** Tables that the official checkpoint holds and we compute. */
  constants?: NameMap['constants'];
  /** Weights of ours that the official network computes. */
  computed?: NameMap['computed'];
}

const leaves: readonly Renaming[] = [
  [/\.(kernel|gamma|table)$/, '.weight'],
  [/\.beta$/, '.bias'],
];

/**
 * The name map of a network whose layers are called otherwise in PyTorch: renamings one after the other, then kernel, gamma
 * and table become weight. Matrices are transposed, convolutions go from [kh, kw, in, out] to [out, in, kh, kw].
 *
 * @param specs `parameterSpecs()` of the network
 */
export function nameMapOf(
  specs: Readonly<Record<string, ParameterSpec>>,
  renamings: readonly Renaming[],
  { exceptions = {}, constants = {}, computed = {} }: NameMapOptions = {},
): NameMap {
  const named = Object.entries(specs).filter(([ours]) => !Object.hasOwn(computed, ours));
  const weights = named.map(([ours, { shape }]) => {
    const name = [...renamings, ...leaves].reduce((text, [from, to]) => text.replace(from, to), ours);
    return [ours, { name, ours: shape, ...layoutOf(ours, shape), ...exceptions[ours] }] as const;
  });
  return { weights: Object.fromEntries(weights), constants, computed };
}

function layoutOf(name: string, shape: readonly number[]): Omit<OfficialWeight, 'name'> {
  if (!name.endsWith('.kernel')) return { shape };
  if (shape.length === 2) return { shape: [shape[1], shape[0]], axes: [1, 0] };
  const [height, width, inputs, outputs] = shape;
  return { shape: [outputs, inputs, height, width], axes: [2, 3, 1, 0] };
}
