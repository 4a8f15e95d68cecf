import { foldIn, type Key, type NamedVariables } from '@diptych/core';
import { prefixed } from '@diptych/core/networks';
import { checkOptions, checkShape, rules } from '@diptych/formats/errors';
import { linear, silu } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { checkHead, type Head, type HeadFactory, type HeadOptions, headOptionRules } from './head.ts';
import { uniformKernel } from './kernels.ts';

export interface PlainHeadOptions {
  /** Width of the output. */
  out: number;
  /** Linear layers. Default 3. */
  layers?: number;
  /** Width of the hidden layers. Default 4 times the width of the input (2048 in REPA). */
  hidden?: number;
}

/**
 * Multi-layer perceptron without normalization, the projector of representation alignment.
 *
 *     (Linear, SiLU) x (layers - 1), Linear
 *
 * **Shapes** [B, inputs] -> [B, out]. **Memory** The head holds `layers.<i>.{kernel,bias}` until `dispose()`.
 *
 * @throws DiptychError if a width or the number of layers is not a positive integer
 * @see Yu et al. 2025, REPA, appendix (projection head), arXiv:2410.06940
 * @example
 * representationAlignment({ diffusion, tap: 'mid', targets, projector: plainHead({ out: 384 }) });
 */
export function plainHead(options: PlainHeadOptions): HeadFactory {
  const {
    out,
    layers = 3,
    hidden,
  } = checkOptions('plainHead', options, {
    out: rules.required(rules.count),
    layers: rules.count,
    hidden: rules.count,
  });
  return (inputs, key) => {
    checkHead('plainHead', inputs, key);
    return new PlainHead([inputs, ...Array<number>(layers - 1).fill(hidden ?? 4 * inputs), out], key);
  };
}

class PlainHead implements Head {
  readonly inputs: number;
  readonly outputs: number;
  readonly #layers: { kernel: tf.Variable<tf.Rank.R2>; bias: tf.Variable<tf.Rank.R1> }[];

  constructor(widths: readonly number[], key: Key) {
    this.inputs = widths[0];
    this.outputs = widths[widths.length - 1];
    this.#layers = widths.slice(1).map((width, i) => ({
      kernel: uniformKernel(widths[i], width, foldIn(key, i)),
      bias: tf.tidy(() => tf.variable(tf.zeros<tf.Rank.R1>([width]))),
    }));
  }

  apply(x: tf.Tensor2D, options: HeadOptions): tf.Tensor2D {
    checkOptions('plainHead', options, headOptionRules);
    checkShape('plainHead', { x }, ['B', this.inputs]);
    return tf.tidy(() =>
      this.#layers.reduce((h, { kernel, bias }, i) => linear(i === 0 ? h : silu(h), kernel, bias), x),
    );
  }

  variables(): NamedVariables {
    return Object.assign(
      {},
      ...this.#layers.map((layer, i) => prefixed(`layers.${i}`, { ...layer })),
    ) as NamedVariables;
  }

  trainableVariables(): NamedVariables {
    return this.variables();
  }

  dispose(): void {
    for (const variable of Object.values(this.variables())) variable.dispose();
  }
}
