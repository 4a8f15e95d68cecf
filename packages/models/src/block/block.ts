import * as tf from '@tensorflow/tfjs-core';
import { layers, LayerVariable, type Shape } from '@tensorflow/tfjs-layers';
import { foldIn, key, type Key, type NamedVariables } from '@diptych/core';
import { check } from '@diptych/ops';
import type { Initialiser } from '../initialisation/initialiser.ts';
import { hashName } from './hash-name.ts';
import { recomputed } from './recomputed.ts';

type Layer = layers.Layer;
type LayerOptions = NonNullable<ConstructorParameters<typeof layers.Layer>[0]>;

/** What every block takes besides its own options. */
export interface BlockOptions extends Pick<
  LayerOptions,
  'name' | 'trainable' | 'inputShape' | 'batchInputShape' | 'dtype'
> {
  /** Seed of the first weights of a block that is no part of another one; parts follow their root. Default 0. */
  seed?: number;
}

/** One weight as a block declares it: takes no memory. */
export interface ParameterSpec {
  shape: readonly number[];
  trainable: boolean;
}

/** A block whatever it takes and returns. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- inputs and output of any type
export type AnyBlock = Block<any[], any>;

interface Declared extends ParameterSpec {
  init: Initialiser;
  variable?: LayerVariable;
}

interface Part {
  layer: Layer;
  /** Input shape of a layer that is not a Block, and the names of its weights once it is built. */
  inputShape?: Shape | Shape[];
  weightNames?: string[];
}

interface Found extends ParameterSpec {
  name: string;
  variable?: LayerVariable;
  /** The declaration of a weight of a Block. */
  declared?: Declared;
}

/**
 * The base of every block and network here: a `tf.layers.Layer` made of weights and of parts, which are layers themselves.
 *
 * A block declares both in its constructor, so names, shapes and counts are known before memory is taken. `build` allocates
 * the whole tree under dotted names such as `in.0.attn.qkv.kernel`: the names of the state dict, and `<layer name>/` + these
 * in `model.save`. The first values of a weight depend on the seed of the root and on the weight's own dotted name alone, so
 * adding a part changes no other weight.
 *
 * A subclass implements `compute`. Callers use `forward` (typed), or `apply` in `tf.sequential` and `tf.model`.
 *
 * **Memory** the block owns its variables until `dispose()`; the caller owns what `forward` returns.
 *
 * @example
 * class Scale extends Block {
 *   static className = 'Scale';
 *   constructor(options: BlockOptions & { width: number }) {
 *     super(options);
 *     this.declare('gain', [options.width], constantInit(1));
 *   }
 *   protected compute(x: tf.Tensor) {
 *     return tf.mul(x, this.parameter('gain'));
 *   }
 * }
 */
export abstract class Block<Inputs extends unknown[] = [tf.Tensor], Output extends tf.TensorContainer = tf.Tensor>
  extends layers.Layer
{
  readonly #members = new Map<string, Declared | Part>();
  readonly #observers = new Set<(output: Output) => void>();
  readonly #options: BlockOptions;
  #owner?: AnyBlock;
  /** Where the weights were allocated, for those that come later. */
  #place?: { scope: string; prefix: string; root: Key };
  #recomputed = false;

  constructor(options: BlockOptions = {}) {
    super(options);
    this.#options = options;
  }

  /** The maths: tensors in, tensors out, inside a tidy. */
  protected abstract compute(...inputs: Inputs): Output;

  /** Runs the block, building it first if need be. */
  forward(...inputs: Inputs): Output {
    this.build();
    const output = tf.tidy(() => {
      if (!this.#recomputed || this.#watchedInside()) return this.compute(...inputs);
      return recomputed(
        (...given) => this.compute(...(given as Inputs)) as tf.Tensor,
        inputs,
        this.variables(),
      ) as Output;
    });
    for (const observer of this.#observers) observer(output);
    return output;
  }

  /** Calls `observer` with each output of this block until the returned function is called. */
  observe(observer: (output: Output) => void): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Parameters<Layer['call']>[1]): tf.Tensor | tf.Tensor[] {
    this.invokeCallHook(inputs, kwargs);
    return this.forward(...([inputs].flat() as Inputs)) as tf.Tensor;
  }

  /** Declares a weight of this block's own. After `build` it is allocated at once. */
  protected declare(name: string, shape: readonly number[], init: Initialiser, { trainable = true } = {}): void {
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
    const known = layer instanceof Block || inputShape != null;
    check(
      known,
      this.getClassName(),
      `inputShape of the part ${name}`,
      'given for a layer that is not a Block',
      inputShape,
    );
    check(!this.built, this.getClassName(), 'part', 'declared in the constructor', name);
    if (layer instanceof Block) {
      check(
        !layer.#owner && !layer.built,
        this.getClassName(),
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
    check(!this.#members.has(name), this.getClassName(), 'name', 'used once in a block', name);
    this.#members.set(name, member);
  }

  /** The value of a weight of this block's own. */
  protected parameter<T extends tf.Tensor = tf.Tensor>(name: string): T {
    const variable = (this.#members.get(name) as Declared | undefined)?.variable;
    check(variable, this.getClassName(), 'parameter', 'the name of a weight that this block declared', name);
    return variable.read() as T;
  }

  /** Allocates the weights of the whole tree, from its root; nothing when they are there. */
  override build(_inputShape?: Shape | Shape[]): void {
    if (this.built) return;
    if (this.#owner) this.#owner.build();
    else this.#allocate(`${this.name}/`, '', key(this.#options.seed ?? 0));
  }

  #allocate(scope: string, prefix: string, root: Key): void {
    this.#place = { scope, prefix, root };
    for (const [name, member] of this.#members) {
      const path = prefix + name;
      if (!('layer' in member)) this.#allocateOne(name, member);
      else if (member.layer instanceof Block) member.layer.#allocate(scope, `${path}.`, root);
      else {
        member.layer.build(member.inputShape!);
        member.weightNames = member.layer.weights.map((weight) => weight.originalName.split('/').pop()!);
        member.layer.weights.forEach((weight, i) => named(weight, `${scope}${path}.${member.weightNames![i]}`));
      }
    }
    this.built = true;
  }

  #allocateOne(name: string, declared: Declared): void {
    const { scope, prefix, root } = this.#place!;
    const path = prefix + name;
    const values = tf.tensor(declared.init(declared.shape, foldIn(root, hashName(path))), [...declared.shape]);
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
      if (member.layer instanceof Block) return member.layer.#walk(`${prefix}${name}.`, on);
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

  /** Every part that is a Block, at any depth, by dotted name; the parts of a part come before it. */
  namedBlocks(): ReadonlyMap<string, AnyBlock> {
    const found = new Map<string, AnyBlock>();
    for (const [name, layer] of this.namedParts()) {
      if (!(layer instanceof Block)) continue;
      for (const [inner, block] of layer.namedBlocks()) found.set(`${name}.${inner}`, block);
      found.set(name, layer);
    }
    return found;
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
    const found = this.#walk().filter(({ name }) => matches(pattern, name));
    for (const { variable, declared } of found) {
      variable!.trainable = trainable;
      if (declared) declared.trainable = trainable;
    }
    return found.map(({ name }) => name);
  }

  /**
   * Gradient checkpointing: the blocks whose dotted name matches keep nothing of their inside for the backward pass, which
   * computes it again. Same numbers, less memory, one more forward pass. Returns their names.
   *
   * While a tap or an observer looks inside such a block it computes as usual. Blocks that draw random numbers draw the same
   * ones again, since these depend on a key.
   *
   * @see Chen et al. 2016, arXiv:1604.06174
   * @example
   * network.setRecompute(/^(in\.\d+|mid|out\.\d+)$/); // every transformer block of a UViT
   */
  setRecompute(pattern: RegExp, on = true): string[] {
    const found = [...this.namedBlocks()].filter(([name]) => matches(pattern, name));
    for (const [, block] of found) block.#recomputed = on;
    return found.map(([name]) => name);
  }

  /**
   * Multiply-adds of one call by part, in matrix products and convolutions; those of the block itself under its own name, "".
   *
   * @throws DiptychError for a block that has parts or matrices and does not override this
   */
  macs(..._inputShapes: (readonly number[])[]): Record<string, number> {
    const simple = [...this.#members.values()].every((member) => 'shape' in member && member.shape.length < 2);
    check(simple, this.getClassName(), 'macs', 'overridden by a block that multiplies matrices', this.name);
    return {};
  }

  #watchedInside(): boolean {
    return [...this.namedBlocks().values()].some((block) => block.#observers.size > 0);
  }

  override get trainableWeights(): LayerVariable[] {
    return this.#walk().flatMap(({ variable, trainable }) => (variable && trainable ? [variable] : []));
  }

  override get nonTrainableWeights(): LayerVariable[] {
    return this.#walk().flatMap(({ variable, trainable }) => (variable && !trainable ? [variable] : []));
  }

  /** Plain data of the constructor's options, so that `new Class(block.getConfig())` is the same block. */
  override getConfig(): tf.serialization.ConfigDict {
    const plain = Object.entries(this.#options).filter(([, value]) => value != null && typeof value !== 'function');
    return { ...JSON.parse(JSON.stringify(Object.fromEntries(plain))), ...super.getConfig() };
  }

  /** Frees the variables. A block that was never built holds none. */
  override dispose(): ReturnType<Layer['dispose']> {
    if (!this.built) return { refCountAfterDispose: 0, numDisposedVariables: 0 };
    this._refCount ??= 1;
    return super.dispose();
  }
}

/** Whether a pattern matches, whatever flags it has. */
function matches(pattern: RegExp, name: string): boolean {
  return name.search(pattern) >= 0;
}

/** Gives a variable the name under which tfjs saves it, whatever scope it was built in. */
function named(variable: LayerVariable, name: string): LayerVariable {
  (variable as { originalName: string }).originalName = name;
  return variable;
}
