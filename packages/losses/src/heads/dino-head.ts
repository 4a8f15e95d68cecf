import { foldIn } from '@diptych/core';
import type { Key, NamedVariables } from '@diptych/core';
import { check } from '@diptych/formats/errors';
import { gelu, linear, stopGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { l2Normalize } from '../contrastive/l2-normalize.ts';
import { BatchNorm } from './batch-norm.ts';
import type { Head, HeadFactory, HeadOptions } from './head.ts';
import { normalKernel } from './normal-kernel.ts';
import { prefixed } from './prefixed.ts';
import { uniformKernel } from './uniform-kernel.ts';

export interface DinoHeadOptions {
  /** Number of prototypes. Default 4096 (65536 at the paper's scale). */
  out?: number;
  /** Linear layers before the prototypes. Default 3. */
  layers?: number;
  /** Width of the hidden layers. Default 4 times the width of the input (2048 at the paper's scale). */
  hidden?: number;
  /** Width before the prototypes. Default 256. */
  bottleneck?: number;
  /** Batch norm before each GELU. Default false. */
  batchNorm?: boolean;
  /** Biases in the linear layers; DINOv2's head has none. Default true. */
  bias?: boolean;
  /** Steps at the beginning in which the prototypes get no gradient; DINO takes one epoch. Default 0. */
  frozenSteps?: number;
  /** Learn the lengths of the prototypes instead of keeping them at 1. Default false. */
  freeLengths?: boolean;
}

/**
 * DINO's projection head: scores of K prototypes, as scaled cosines.
 *
 *     h = MLP(x) with exact GELU,  y_k = g_k v_k/|v_k| . h/|h|
 *
 * **Shapes** [B, inputs] -> [B, out]. **Memory** The head holds its variables, `layers.<i>.{kernel,bias}`,
 * `layers.<i>.norm.*` and `last.{direction,length}`, until `dispose()`.
 *
 * @throws DiptychError on widths or a number of layers that are no positive integers.
 * @see Caron et al., DINO, arXiv 2104.14294, section 3.2 and appendix C; `DINOHead`.
 * @example
 * const head = dinoHead({ out: 512, hidden: 256, bottleneck: 64 })(width, key(0));
 */
export function dinoHead(options: DinoHeadOptions = {}): HeadFactory {
  const { out = 4096, layers = 3, hidden, bottleneck = 256 } = options;
  for (const [name, value] of Object.entries({ out, layers, bottleneck, hidden: hidden ?? 1 })) {
    check(Number.isInteger(value) && value > 0, 'dinoHead', `options.${name}`, 'a positive integer', value);
  }
  return (inputs, key) => {
    check(Number.isInteger(inputs) && inputs > 0, 'dinoHead', 'inputs', 'a positive integer', inputs);
    const widths = [inputs, ...Array<number>(layers - 1).fill(hidden ?? 4 * inputs), bottleneck];
    return new DinoHead(widths, out, options, key);
  };
}

interface Layer {
  kernel: tf.Variable<tf.Rank.R2>;
  bias: tf.Variable<tf.Rank.R1> | undefined;
  norm: BatchNorm | undefined;
}

class DinoHead implements Head {
  readonly inputs: number;
  readonly outputs: number;
  private readonly layers: Layer[];
  private readonly frozenSteps: number;
  /** v, [bottleneck, out]. */
  private readonly direction: tf.Variable<tf.Rank.R2>;
  /** g, [out]. */
  private readonly length: tf.Variable<tf.Rank.R1>;

  constructor(widths: readonly number[], out: number, options: DinoHeadOptions, key: Key) {
    const { batchNorm = false, bias = true, freeLengths = false, frozenSteps = 0 } = options;
    check(frozenSteps >= 0, 'dinoHead', 'options.frozenSteps', 'at least 0', frozenSteps);
    this.frozenSteps = frozenSteps;
    const count = widths.length - 1;
    const filled = (width: number, value: number, trainable = true) =>
      tf.tidy(() => tf.variable(tf.fill<tf.Rank.R1>([width], value), trainable));
    this.inputs = widths[0] as number;
    this.outputs = out;
    this.layers = Array.from({ length: count }, (_, i) => {
      const width = widths[i + 1] as number;
      return {
        kernel: normalKernel(widths[i] as number, width, foldIn(key, i)),
        bias: bias ? filled(width, 0) : undefined,
        norm: batchNorm && i < count - 1 ? new BatchNorm(width) : undefined,
      };
    });
    this.direction = uniformKernel(widths[count] as number, out, foldIn(key, count));
    this.length = filled(out, 1, freeLengths);
  }

  apply(x: tf.Tensor2D, options: HeadOptions): tf.Tensor2D {
    check(x.rank === 2 && x.shape[1] === this.inputs, 'dinoHead', 'x', `of shape [B, ${this.inputs}]`, x);
    return tf.tidy(() => {
      let h = x;
      this.layers.forEach(({ kernel, bias, norm }, i) => {
        h = linear(h, kernel, bias ?? null); // [B, widths[i + 1]]
        h = norm?.apply(h, options) ?? h;
        if (i < this.layers.length - 1) h = gelu(h);
      });
      // Length of each prototype, [1, out]; zero prototypes stay finite.
      const lengths = tf.sqrt(tf.maximum(tf.sum(tf.square(this.direction), 0, true), 1e-24));
      const prototypes = tf.div(tf.mul(this.direction, this.length), lengths) as tf.Tensor2D; // [bottleneck, out]
      const frozen = (options.step ?? 0) < this.frozenSteps;
      return linear(l2Normalize(h), frozen ? stopGradient(prototypes) : prototypes); // [B, out]
    });
  }

  variables(): NamedVariables {
    return this.collect(
      (norm) => norm.variables(),
      () => true,
    );
  }

  trainableVariables(): NamedVariables {
    return this.collect(
      (norm) => norm.trainableVariables(),
      (variable) => variable.trainable,
    );
  }

  dispose(): void {
    for (const variable of Object.values(this.variables())) variable.dispose();
  }

  private collect(of: (norm: BatchNorm) => NamedVariables, keep: (variable: tf.Variable) => boolean): NamedVariables {
    const parts = this.layers.map(({ kernel, bias, norm }, i) =>
      prefixed(`layers.${i}`, { kernel, ...(bias && { bias }), ...(norm ? prefixed('norm', of(norm)) : {}) }),
    );
    const last = prefixed('last', { direction: this.direction, length: this.length });
    return Object.fromEntries(
      Object.entries(Object.assign({}, ...parts, last) as NamedVariables).filter(([, v]) => keep(v)),
    );
  }
}
