import type { NamedVariables } from '@diptych/core';
import { check, checkOptions, checkShape, type OptionRules, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { checkVariables } from './named-tensors.ts';

/** Long vectors that hold named tensors end to end, one for each `PackedVector` of the packing. */
export type Vectors = readonly tf.Tensor1D[];

/** What one long vector holds. */
export interface PackedVector {
  /** The tensors in it, in order. */
  readonly names: readonly string[];
  /** Number of elements of each of them. */
  readonly sizes: readonly number[];
  readonly length: number;
  /** What `PackingOptions.group` answered for all of its names. */
  readonly group: string;
}

export interface PackingOptions {
  /** Names with different answers never share a vector. Default: one group. */
  group?: (name: string) => string;
  /**
   * Elements a vector holds at most, unless one tensor alone has more. Default 2^22 (16 MiB of float32), but 2^13 on the
   * WASM backend, which copies all of a vector for every tensor that is cut out of it.
   */
  limit?: number;
}

const packingRules: OptionRules<PackingOptions> = { group: rules.callback, limit: rules.count };

/**
 * Sees many named tensors as a few long vectors. An elementwise update of a network is then a handful of tensor ops
 * instead of a handful for each of its hundred weights, which matters where a small op costs more than its arithmetic.
 *
 * **Memory** Holds no tensor. `pack` and `unpack` return tensors of the caller's; call them inside a tidy.
 *
 * @throws DiptychError if there are no variables, or one is not float32.
 * @example
 * const packing = new Packing(network.trainableVariables());
 * const norm = tf.tidy(() => tf.norm(tf.concat(packing.pack(gradients))));
 */
export class Packing {
  /** Names of all tensors, in the order of the variables. */
  readonly names: readonly string[];
  readonly vectors: readonly PackedVector[];
  readonly #variables: NamedVariables;

  constructor(variables: NamedVariables, options: PackingOptions = {}) {
    const { group = () => '', limit } = checkOptions('Packing', options, packingRules);
    checkVariables('Packing', variables);
    const most = limit ?? (tf.getBackend() === 'wasm' ? 2 ** 13 : 2 ** 22);
    this.names = Object.keys(variables);
    this.#variables = variables;
    check(this.names.length > 0, 'Packing', 'variables', 'at least one variable', variables);
    const vectors: { names: string[]; sizes: number[]; length: number; group: string }[] = [];
    for (const [name, { dtype, size }] of Object.entries(variables)) {
      check(dtype === 'float32', 'Packing', `variables['${name}']`, 'float32', variables[name]);
      const key = group(name);
      // The first with room: large tensors stay alone, small ones share.
      let vector = vectors.find((candidate) => candidate.group === key && candidate.length + size <= most);
      if (!vector) {
        vector = { names: [], sizes: [], length: 0, group: key };
        vectors.push(vector);
      }
      vector.names.push(name);
      vector.sizes.push(size);
      vector.length += size;
    }
    this.vectors = vectors;
  }

  /** The variables' values now. */
  values(): Vectors {
    return this.pack(this.#variables);
  }

  /** Lays named tensors end to end; a missing one counts as zeros. **Shapes** each as its variable. */
  pack(tensors: Readonly<Record<string, tf.Tensor | undefined>>): Vectors {
    return tf.tidy(() => this.vectors.map((_, i) => this.packVector(i, tensors)));
  }

  /** The same for one of the vectors. */
  packVector(i: number, tensors: Readonly<Record<string, tf.Tensor | undefined>>): tf.Tensor1D {
    return tf.tidy(() => tf.concat1d(this.vectors[i].names.map((name) => this.#row(name, tensors[name]))));
  }

  /** Cuts the vectors into tensors of the variables' shapes, by name and in the variables' order. */
  unpack(vectors: Vectors): tf.NamedTensorMap {
    const named: tf.NamedTensorMap = {};
    // Names keep the order in which they are first set.
    for (const name of this.names) named[name] = undefined as unknown as tf.Tensor;
    return tf.tidy(() => Object.assign(named, ...vectors.map((vector, i) => this.unpackVector(i, vector))));
  }

  /** The same for one of the vectors. */
  unpackVector(i: number, vector: tf.Tensor1D): tf.NamedTensorMap {
    const { names, sizes } = this.vectors[i];
    return tf.tidy(() => {
      const rows = names.length > 1 ? tf.split(vector, [...sizes]) : [vector];
      return Object.fromEntries(names.map((name, j) => [name, tf.reshape(rows[j], this.#variable(name).shape)]));
    });
  }

  /** Gives the variables the values that the vectors hold. */
  assign(vectors: Vectors): void {
    tf.tidy(() => {
      for (const [name, value] of Object.entries(this.unpack(vectors))) this.#variable(name).assign(value);
    });
  }

  #variable(name: string): tf.Variable {
    return this.#variables[name];
  }

  #row(name: string, tensor: tf.Tensor | undefined): tf.Tensor1D {
    const { shape, size } = this.#variable(name);
    if (!tensor) return tf.zeros([size]);
    checkShape('Packing', { [`tensor '${name}'`]: tensor }, shape);
    return tf.reshape(tensor, [size]) as tf.Tensor1D;
  }
}
