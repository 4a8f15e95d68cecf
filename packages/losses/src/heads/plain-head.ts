import { foldIn } from '@diptych/core';
import type { Key, NamedVariables } from '@diptych/core';
import { check } from '@diptych/formats/errors';
import { linear, silu } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import type { Head, HeadFactory } from './head.ts';
import { prefixed } from './prefixed.ts';
import { uniformKernel } from './uniform-kernel.ts';

export interface PlainHeadOptions {
  /** Width of the output. */
  out: number;
  /** Linear layers. Default 3. */
  layers?: number;
  /** Width of the hidden layers. Default 4 times the width of the input (2048 in REPA). */
  hidden?: number;
}

/**
 * Multi-layer perceptron without normalisation, the projector of representation alignment.
 *
 *     (Linear, SiLU) x (layers - 1), Linear
 *
 * **Shapes** [B, inputs] -> [B, out]. **Memory** The head holds `layers.<i>.{kernel,bias}` until `dispose()`.
 *
 * @throws DiptychError on widths or a number of layers that are no positive integers.
 * @see Yu et al., REPA, arXiv 2410.06940, appendix (projection head).
 * @example
 * representationAlignment({ process, tap: 'mid', targets, projector: plainHead({ out: 384 }) });
 */
export function plainHead(options: PlainHeadOptions): HeadFactory {
  const { out, layers = 3, hidden } = options;
  for (const [name, value] of Object.entries({ out, layers, hidden: hidden ?? 1 })) {
    check(Number.isInteger(value) && value > 0, 'plainHead', `options.${name}`, 'a positive integer', value);
  }
  return (inputs, key) => {
    check(Number.isInteger(inputs) && inputs > 0, 'plainHead', 'inputs', 'a positive integer', inputs);
    return new PlainHead([inputs, ...Array<number>(layers - 1).fill(hidden ?? 4 * inputs), out], key);
  };
}

class PlainHead implements Head {
  readonly inputs: number;
  readonly outputs: number;
  private readonly layers: { kernel: tf.Variable<tf.Rank.R2>; bias: tf.Variable<tf.Rank.R1> }[];

  constructor(widths: readonly number[], key: Key) {
    this.inputs = widths[0] as number;
    this.outputs = widths[widths.length - 1] as number;
    this.layers = widths.slice(1).map((width, i) => ({
      kernel: uniformKernel(widths[i] as number, width, foldIn(key, i)),
      bias: tf.tidy(() => tf.variable(tf.zeros<tf.Rank.R1>([width]))),
    }));
  }

  apply(x: tf.Tensor2D): tf.Tensor2D {
    check(x.rank === 2 && x.shape[1] === this.inputs, 'plainHead', 'x', `of shape [B, ${this.inputs}]`, x);
    return tf.tidy(() =>
      this.layers.reduce((h, { kernel, bias }, i) => linear(i === 0 ? h : silu(h), kernel, bias), x),
    );
  }

  variables(): NamedVariables {
    return Object.assign({}, ...this.layers.map((layer, i) => prefixed(`layers.${i}`, { ...layer }))) as NamedVariables;
  }

  trainableVariables(): NamedVariables {
    return this.variables();
  }

  dispose(): void {
    for (const variable of Object.values(this.variables())) variable.dispose();
  }
}
