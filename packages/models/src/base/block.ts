import * as tf from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { check } from '@diptych/formats/errors';
import { recomputed } from './recomputed.ts';
import { WeightTree } from './weight-tree.ts';

type Layer = layers.Layer;

/** A block whatever it takes and returns. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- inputs and output of any type
export type AnyBlock = Block<any[], any>;

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
export abstract class Block<
  Inputs extends unknown[] = [tf.Tensor],
  Output extends tf.TensorContainer = tf.Tensor,
> extends WeightTree {
  readonly #observers = new Set<(output: Output) => void>();
  #recomputed = false;

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
    const found = [...this.namedBlocks()].filter(([name]) => name.search(pattern) >= 0);
    for (const [, block] of found) block.#recomputed = on;
    return found.map(([name]) => name);
  }

  /**
   * Multiply-adds of one call by part, in matrix products and convolutions; those of the block itself under its own name, "".
   *
   * @throws DiptychError if a block has parts or matrices and does not override this
   */
  macs(..._inputShapes: (readonly number[])[]): Record<string, number> {
    const simple = Object.values(this.parameterSpecs()).every(({ shape }) => shape.length < 2);
    check(
      simple && this.namedParts().size === 0,
      this.shownName,
      'macs',
      'overridden by a block that multiplies matrices',
      this.name,
    );
    return {};
  }

  /** Whether nobody watches the output of this block and it is not computed twice: then it may be merged with what follows. */
  protected get mergeable(): boolean {
    return this.#observers.size === 0 && !this.#recomputed;
  }

  #watchedInside(): boolean {
    return [...this.namedBlocks().values()].some((block) => block.#observers.size > 0);
  }
}

/** A block over the last axis: takes tensors of any rank, and returns the rank that came in. */
export abstract class LastAxisBlock extends Block {
  override forward<T extends tf.Tensor>(x: T): T {
    return super.forward(x) as T;
  }
}

/** [B, 1] as [B], for tfjs models: they give every input a second axis. Other shapes pass. */
export function onePerSample(x: tf.Tensor): tf.Tensor1D {
  return (x.rank === 2 && x.shape[1] === 1 ? tf.reshape(x, [x.shape[0]]) : x) as tf.Tensor1D;
}
