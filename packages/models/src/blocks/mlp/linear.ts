import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Variable } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { check, rules } from '@diptych/formats/errors';
import { linear } from '@diptych/ops';
import { LastAxisBlock } from '../../base/block.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { checkBlockOptions } from '../../base/check-options.ts';
import { needed } from '../../base/option-rules.ts';
import { constantInit, type Initializer, uniformInit, xavierInit } from '../../base/initialization.ts';

/** Options of `Linear`. */
export interface LinearOptions extends BlockOptions {
  inputs: number;
  outputs: number;
  /** Default true. */
  bias?: boolean;
  /** First values of the kernel. Default Xavier uniform. */
  kernelInit?: Initializer;
  /** First values of the bias. Default zero. */
  biasInit?: Initializer;
}

/** A low-rank adapter of a linear layer. */
export interface AdapterOptions {
  /** Width of the bottleneck. */
  rank: number;
  /** The adapter is scaled by alpha / rank. Default rank. */
  alpha?: number;
}

/**
 * y = x W + b over the last axis. Weights `kernel` [inputs, outputs] and `bias` [outputs]; with an adapter
 * y = x W + b + (alpha / rank) x A B, with `adapterIn` A [inputs, rank] and `adapterOut` B [rank, outputs] beside them.
 *
 * **Shapes** [..., inputs] -> [..., outputs].
 *
 * @throws DiptychError if a size is not a positive integer or the last axis of x is not `inputs`
 * @example
 * const y = new Linear({ inputs: 9, outputs: 64, bias: false }).forward(tf.zeros([8, 9])); // [8, 64]
 */
export class Linear extends LastAxisBlock {
  static className = 'DiptychLinear';
  readonly #inputs: number;
  readonly #outputs: number;
  readonly #biased: boolean;
  #adapterScale?: number;

  constructor(options: LinearOptions) {
    super(
      checkBlockOptions<LinearOptions>('Linear', options, {
        inputs: needed(rules.count),
        outputs: needed(rules.count),
        bias: rules.flag,
        kernelInit: rules.callback,
        biasInit: rules.callback,
      }),
    );
    const { inputs, outputs, bias = true, kernelInit = xavierInit(), biasInit = constantInit(0) } = options;
    this.#inputs = inputs;
    this.#outputs = outputs;
    this.#biased = bias;
    this.declare('kernel', [inputs, outputs], kernelInit);
    if (bias) this.declare('bias', [outputs], biasInit);
  }

  protected override compute(x: Tensor): Tensor {
    const y = linear(x, this.parameter('kernel'), this.#biased ? this.parameter<Tensor1D>('bias') : null); // [..., outputs]
    if (this.#adapterScale === undefined) return y;
    const inside = linear(x, this.parameter('adapterIn')); // [..., rank]
    return tf.add(y, tf.mul(linear(inside, this.parameter('adapterOut')), this.#adapterScale));
  }

  /** activation(forward(x)), in one kernel call where the backend has one; while an observer or an adapter needs y, in two. */
  activated(x: Tensor, activation: (y: Tensor) => Tensor): Tensor {
    if (this.adapted || !this.mergeable) return tf.tidy(() => activation(this.forward(x)));
    this.build();
    return linear(x, this.parameter('kernel'), this.#biased ? this.parameter<Tensor1D>('bias') : null, { activation });
  }

  /** Whether it has an adapter. */
  get adapted(): boolean {
    return this.#adapterScale !== undefined;
  }

  /** Adds a low-rank adapter. B begins at zero, so nothing changes at first. */
  adapt({ rank, alpha = rank }: AdapterOptions): void {
    check(!this.adapted, 'Linear', 'adapter', 'absent', this.name);
    const largest = Math.min(this.#inputs, this.#outputs);
    const fits = Number.isInteger(rank) && rank > 0 && rank <= largest;
    check(fits, 'Linear', 'rank', `an integer from 1 to ${largest}`, rank);
    this.declare('adapterIn', [this.#inputs, rank], uniformInit(1 / Math.sqrt(this.#inputs)));
    this.declare('adapterOut', [rank, this.#outputs], constantInit(0));
    this.#adapterScale = alpha / rank;
  }

  /** Adds what the adapter does to the kernel, and removes it. */
  mergeAdapter(): void {
    check(this.adapted, 'Linear', 'adapter', 'there to be merged', this.name);
    tf.tidy(() => {
      const kernel = this.parameter<Variable>('kernel');
      const product = tf.matMul(this.parameter('adapterIn'), this.parameter('adapterOut'));
      kernel.assign(tf.add(kernel as Tensor, tf.mul(product, this.#adapterScale!)));
    });
    this.withdraw('adapterIn');
    this.withdraw('adapterOut');
    this.#adapterScale = undefined;
  }

  override macs(shape: readonly number[]): Record<string, number> {
    const rows = shape.slice(0, -1).reduce((product, n) => product * n, 1);
    const rank = this.adapted ? this.parameterSpecs().adapterIn.shape[1] : 0;
    return { '': rows * (this.#inputs * this.#outputs + rank * (this.#inputs + this.#outputs)) };
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return [...inputShape.slice(0, -1), this.#outputs];
  }
}
