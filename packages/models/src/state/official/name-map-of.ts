import type { ParameterSpec } from '../../base/block-options.ts';
import type { NameMap, OfficialWeight } from './name-map.ts';

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
