import type { Tensor } from '@tensorflow/tfjs-core';
import { rules } from '@diptych/formats/errors';
import { gelu, geluTanh, quickGelu, silu } from '@diptych/ops';
import { LastAxisBlock } from '../../base/block.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { checkBlockOptions } from '../../base/check-options.ts';
import { needed } from '../../base/option-rules.ts';
import { totalMacs } from '../../base/macs.ts';
import type { Initializer } from '../../base/initialization.ts';
import { Linear } from './linear.ts';

const activations = { gelu, geluTanh, quickGelu, silu } as const;

/** Options of `Mlp`. */
export interface MlpOptions extends BlockOptions {
  width: number;
  /** Width between the layers. Default 4 width. */
  hidden?: number;
  /** Width that comes out. Default width. */
  outputs?: number;
  /** `gelu` is exact, `geluTanh` its tanh approximation, `quickGelu` x sigmoid(1.702 x). Default gelu. */
  activation?: keyof typeof activations;
  /** First values of both kernels. Default Xavier uniform. */
  kernelInit?: Initializer;
  /** First values of the second kernel, if others. */
  lastInit?: Initializer;
}

/**
 * Two linear layers with an activation between: fc2(activation(fc1(x))).
 *
 * **Shapes** [..., width] -> [..., outputs].
 *
 * @throws DiptychError if the activation is unknown or the last axis of x is not `width`
 * @example
 * const y = new Mlp({ width: 64 }).forward(tf.randomNormal([2, 16, 64]));
 */
export class Mlp extends LastAxisBlock {
  static className = 'DiptychMlp';
  readonly #fc1: Linear;
  readonly #fc2: Linear;
  readonly #activation: keyof typeof activations;

  constructor(options: MlpOptions) {
    super(
      checkBlockOptions<MlpOptions>('Mlp', options, {
        width: needed(rules.count),
        hidden: rules.count,
        outputs: rules.count,
        activation: rules.oneOf(...Object.keys(activations)),
        kernelInit: rules.callback,
        lastInit: rules.callback,
      }),
    );
    const {
      width,
      hidden = 4 * width,
      outputs = width,
      activation = 'gelu',
      kernelInit,
      lastInit = kernelInit,
    } = options;
    this.#activation = activation;
    this.#fc1 = this.part('fc1', new Linear({ inputs: width, outputs: hidden, kernelInit }));
    this.#fc2 = this.part('fc2', new Linear({ inputs: hidden, outputs, kernelInit: lastInit }));
  }

  protected override compute(x: Tensor): Tensor {
    const hidden = this.#fc1.activated(x, activations[this.#activation]); // [..., hidden]
    return this.#fc2.forward(hidden); // [..., outputs]
  }

  override macs(shape: readonly number[]): Record<string, number> {
    const inside = this.#fc1.computeOutputShape([...shape]) as number[];
    return { fc1: totalMacs(this.#fc1, shape), fc2: totalMacs(this.#fc2, inside) };
  }

  override computeOutputShape(inputShape: (number | null)[]): (number | null)[] {
    return this.#fc2.computeOutputShape(inputShape);
  }
}
