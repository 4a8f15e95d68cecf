import { layers, LayerVariable, type Shape } from '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import { foldIn, key, type Key, type NamedVariables } from '@diptych/core';
import { check } from '@diptych/formats/errors';
import type { Initializer } from './initialization.ts';
import { spend } from './weight-budget.ts';

type LayerOptions = NonNullable<ConstructorParameters<typeof layers.Layer>[0]>;

/** What every block takes besides its own options. */
export interface BlockOptions extends Pick<LayerOptions, 'name' | 'trainable' | 'inputShape' | 'batchInputShape'> {
  /** Seed of the first weights of a block that is no part of another one; parts follow their root. Default 0. */
  seed?: number;
  /**
   * Type of the inputs for tfjs. All weights and sums are float32: the backends have no kernels that train in half precision, so other
   * floats are refused.
   */
  dtype?: LayerOptions['dtype'];
}

/** One weight as a block declares it: takes no memory. */
export interface ParameterSpec {
  shape: readonly number[];
  trainable: boolean;
}

/** A weight of a block's own. */
export interface Declared extends ParameterSpec {
  init: Initializer;
  variable?: LayerVariable;
}

/** A layer that is part of a block. */
export interface Part {
  layer: layers.Layer;
  /** Input shape of a layer that is not a Block, and the names of its weights once it is built. */
  inputShape?: Shape | Shape[];
  weightNames?: string[];
}

/** One weight of a tree with its dotted name. */
export interface Found extends ParameterSpec {
  name: string;
  variable?: LayerVariable;
  /** The declaration of a weight of a Block. */
  declared?: Declared;
}

/** Values of a weight by its dotted name; undefined where there are none. */
export type GivenValues = (name: string) => Float32Array | undefined;

/** Gives a variable the name under which tfjs saves it, whatever scope it was built in. */
export function named(variable: LayerVariable, name: string): LayerVariable {
  (variable as { originalName: string }).originalName = name;
  return variable;
}

type Layer = layers.Layer;

/**
 * The weights of a block and of its parts: declares, allocates, names and frees them. The half of `Block` that knows no maths.
 */
export abstract class WeightTree extends layers.Layer {
  readonly #members = new Map<string, Declared | Part>();
  readonly #options: BlockOptions;
  #owner?: WeightTree;
  /** Where the weights were allocated, for those that come later. */
  #place?: { scope: string; prefix: string; root: Key };

  constructor(options: BlockOptions = {}) {
    super(options);
    const { dtype } = options;
    const rule = 'absent: weights and sums are float32, since no backend has kernels that train in half precision';
    check(!dtype || dtype === 'float32' || dtype === 'int32', this.shownName, 'dtype', rule, dtype);
    this.#options = options;
  }

  /** The name of the class as people say it, for messages. */
  protected get shownName(): string {
    return this.getClassName().replace(/^Diptych/, '');
  }

  /** Declares a weight of this block's own. After `build` it is allocated at once. */
  protected declare(name: string, shape: readonly number[], init: Initializer, { trainable = true } = {}): void {
    spend(shape);
    const declared: Declared = { shape, init, trainable };
    this.#add(name, declared);
    if (this.built) this.#allocateOne(name, declared);
  }

  /** Takes back a declaration and frees its weight. */
  protected withdraw(name: string): void {
    (this.#members.get(name) as Declared).variable?.dispose();
    this.#members.delete(name);
  }

  /** Makes a layer a part of this block; in the constructor. A layer that is not a Block needs its (batch) input shape. */
  protected part<T extends Layer>(name: string, layer: T, inputShape?: Shape | Shape[]): T {
    const known = layer instanceof WeightTree || inputShape != null;
    check(known, this.shownName, `inputShape of the part ${name}`, 'given for a layer that is not a Block', inputShape);
    check(!this.built, this.shownName, 'part', 'declared in the constructor', name);
    if (layer instanceof WeightTree) {
      check(
        !layer.#owner && !layer.built,
        this.shownName,
        `part ${name}`,
        'new, and part of one block only',
        layer.name,
      );
      layer.#owner = this;
    }
    this.#add(name, { layer, inputShape });
    return layer;
  }

  #add(name: string, member: Declared | Part): void {
    check(!this.#members.has(name), this.shownName, 'name', 'used once in a block', name);
    this.#members.set(name, member);
  }

  /** The value of a weight of this block's own. */
  protected parameter<T extends tf.Tensor = tf.Tensor>(name: string): T {
    const variable = (this.#members.get(name) as Declared | undefined)?.variable;
    check(variable, this.shownName, 'parameter', 'the name of a weight that this block declared', name);
    return variable.read() as T;
  }

  /** Allocates the weights of the whole tree, from its root; nothing when they are there. */
  override build(_inputShape?: Shape | Shape[]): void {
    if (this.built) return;
    if (this.#owner) this.#owner.build();
    else this.#allocate(`${this.name}/`, '', key(this.#options.seed ?? 0));
  }

  /** Builds with the values that are given by dotted name; first values are drawn for the others alone. Nothing when it is built. */
  buildWith(values: GivenValues): void {
    if (this.built) return;
    if (this.#owner) this.#owner.build();
    else this.#allocate(`${this.name}/`, '', key(this.#options.seed ?? 0), values);
  }

  /** Whether `parameterSpecs` names all weights before they are there: no part is a layer of tfjs. */
  get declared(): boolean {
    return [...this.#members.values()].every(
      (member) => !('layer' in member) || (member.layer instanceof WeightTree && member.layer.declared),
    );
  }

  #allocate(scope: string, prefix: string, root: Key, values?: GivenValues): void {
    this.#place = { scope, prefix, root };
    for (const [name, member] of this.#members) {
      const path = prefix + name;
      if (!('layer' in member)) this.#allocateOne(name, member, values?.(path));
      else if (member.layer instanceof WeightTree) member.layer.#allocate(scope, `${path}.`, root, values);
      else {
        member.layer.build(member.inputShape!);
        member.weightNames = member.layer.weights.map((weight) => weight.originalName.split('/').pop()!);
        member.layer.weights.forEach((weight, i) => named(weight, `${scope}${path}.${member.weightNames![i]}`));
      }
    }
    this.built = true;
  }

  #allocateOne(name: string, declared: Declared, given?: Float32Array): void {
    const { scope, prefix, root } = this.#place!;
    const path = prefix + name;
    const first = given ?? declared.init(declared.shape, foldIn(root, hashName(path)));
    const values = tf.tensor(first, [...declared.shape]);
    declared.variable = named(new LayerVariable(values, 'float32', scope + path, declared.trainable), scope + path);
    values.dispose();
  }

  /** All weights of the tree in the order of declaration. */
  #walk(prefix = '', trainable = true): Found[] {
    const on = trainable && this.trainable;
    return [...this.#members].flatMap(([name, member]): Found[] => {
      if (!('layer' in member)) {
        const { shape, variable } = member;
        return [{ name: prefix + name, shape, variable, declared: member, trainable: on && member.trainable }];
      }
      if (member.layer instanceof WeightTree) return member.layer.#walk(`${prefix}${name}.`, on);
      const { layer, weightNames = [] } = member;
      const trained = new Set(on ? layer.trainableWeights : []);
      return layer.weights.map((variable, i) => ({
        name: `${prefix}${name}.${weightNames[i]}`,
        shape: variable.shape as number[],
        variable,
        trainable: trained.has(variable),
      }));
    });
  }

  /** Shapes of all weights by dotted name. Takes no memory (weights of parts that are not Blocks appear when built). */
  parameterSpecs(): Readonly<Record<string, ParameterSpec>> {
    return Object.fromEntries(this.#walk().map(({ name, shape, trainable }) => [name, { shape, trainable }]));
  }

  /** Every weight by its dotted name. Builds. */
  variables(): NamedVariables {
    this.build();
    return Object.fromEntries(this.#walk().map((found) => [found.name, found.variable!.read() as tf.Variable]));
  }

  /** The weights that training changes. Builds. */
  trainableVariables(): NamedVariables {
    this.build();
    const trained = this.#walk().filter((found) => found.trainable);
    return Object.fromEntries(trained.map((found) => [found.name, found.variable!.read() as tf.Variable]));
  }

  /** The direct parts by name, in the order of declaration. */
  namedParts(): ReadonlyMap<string, Layer> {
    return new Map(
      [...this.#members].flatMap(([name, member]) => ('layer' in member ? [[name, member.layer] as const] : [])),
    );
  }

  /**
   * Sets whether training changes the weights whose dotted name matches: freezes or thaws. Returns their names.
   *
   * @example
   * network.setTrainable(/./, false); // all
   * network.setTrainable(/^(out\.|norm|decoder)/, true); // fine-tune the decoder
   */
  setTrainable(pattern: RegExp, trainable: boolean): string[] {
    this.build();
    const found = this.#walk().filter(({ name }) => name.search(pattern) >= 0);
    for (const { variable, declared } of found) {
      variable!.trainable = trainable;
      if (declared) declared.trainable = trainable;
    }
    return found.map(({ name }) => name);
  }

  override get trainableWeights(): LayerVariable[] {
    return this.#walk().flatMap(({ variable, trainable }) => (variable && trainable ? [variable] : []));
  }

  override get nonTrainableWeights(): LayerVariable[] {
    return this.#walk().flatMap(({ variable, trainable }) => (variable && !trainable ? [variable] : []));
  }

  /** Plain data of the constructor's options, so that `new Class(block.getConfig())` is the same block. */
  override getConfig(): tf.serialization.ConfigDict {
    const plain = Object.entries(this.#options).filter(([name, value]) => {
      return value != null && typeof value !== 'function' && name !== 'customObjects';
    });
    return { ...JSON.parse(JSON.stringify(Object.fromEntries(plain))), ...super.getConfig() };
  }

  /** Frees the variables. A block that was never built holds none. */
  override dispose(): ReturnType<Layer['dispose']> {
    if (!this.built) return { refCountAfterDispose: 0, numDisposedVariables: 0 };
    this._refCount ??= 1;
    return super.dispose();
  }
}

/**
 * FNV-1a of the UTF-8 bytes of a name, 32 bits: turns the dotted name of a weight into a number to fold into a key.
 *
 * @see http://www.isthe.com/chongo/tech/comp/fnv/
 */
export function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
