import { foldIn, type Key, type NamedVariables } from '@diptych/core';
import { prefixed } from '@diptych/core/networks';
import { checkOptions, checkShape, rules } from '@diptych/formats/errors';
import { gelu, linear, stopGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { l2Normalize } from '../../pairwise/l2-normalize.ts';
import { BatchNorm } from './batch-norm.ts';
import { checkHead, type Head, type HeadFactory, type HeadOptions, headOptionRules } from './head.ts';
import { normalKernel, uniformKernel } from './kernels.ts';

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
 * @throws DiptychError if a width or the number of layers is not a positive integer, or `frozenSteps` is negative
 * @see Caron et al. 2021, DINO, section 3.2 and appendix C, arXiv:2104.14294; `DINOHead`
 * @example
 * const head = dinoHead({ out: 512, hidden: 256, bottleneck: 64 })(width, key(0));
 */
export function dinoHead(options: DinoHeadOptions = {}): HeadFactory {
  const {
    out = 4096,
    layers = 3,
    hidden,
    bottleneck = 256,
    frozenSteps = 0,
    ...parts
  } = checkOptions('dinoHead', options, {
    out: rules.count,
    layers: rules.count,
    hidden: rules.count,
    bottleneck: rules.count,
    batchNorm: rules.flag,
    bias: rules.flag,
    frozenSteps: rules.nonNegative,
    freeLengths: rules.flag,
  });
  return (inputs, key) => {
    checkHead('dinoHead', inputs, key);
    const widths = [inputs, ...Array<number>(layers - 1).fill(hidden ?? 4 * inputs), bottleneck];
    return new DinoHead(widths, out, frozenSteps, parts, key);
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
  readonly #layers: Layer[];
  readonly #frozenSteps: number;
  /** v, [bottleneck, out]. */
  readonly #direction: tf.Variable<tf.Rank.R2>;
  /** g, [out]. */
  readonly #length: tf.Variable<tf.Rank.R1>;

  constructor(
    widths: readonly number[],
    out: number,
    frozenSteps: number,
    { batchNorm = false, bias = true, freeLengths = false }: DinoHeadOptions,
    key: Key,
  ) {
    this.#frozenSteps = frozenSteps;
    const count = widths.length - 1;
    const filled = (width: number, value: number, trainable = true) =>
      tf.tidy(() => tf.variable(tf.fill<tf.Rank.R1>([width], value), trainable));
    this.inputs = widths[0];
    this.outputs = out;
    this.#layers = Array.from({ length: count }, (_, i) => {
      const width = widths[i + 1];
      return {
        kernel: normalKernel(widths[i], width, foldIn(key, i)),
        bias: bias ? filled(width, 0) : undefined,
        norm: batchNorm && i < count - 1 ? new BatchNorm(width) : undefined,
      };
    });
    this.#direction = uniformKernel(widths[count], out, foldIn(key, count));
    this.#length = filled(out, 1, freeLengths);
  }

  apply(x: tf.Tensor2D, options: HeadOptions): tf.Tensor2D {
    const { training, step = 0 } = checkOptions('dinoHead', options, headOptionRules);
    checkShape('dinoHead', { x }, ['B', this.inputs]);
    return tf.tidy(() => {
      let h = x;
      this.#layers.forEach(({ kernel, bias, norm }, i) => {
        h = linear(h, kernel, bias ?? null); // [B, widths[i + 1]]
        h = norm?.apply(h, { training }) ?? h;
        if (i < this.#layers.length - 1) h = gelu(h);
      });
      // Length of each prototype, [1, out]; zero prototypes stay finite.
      const lengths = tf.sqrt(tf.maximum(tf.sum(tf.square(this.#direction), 0, true), 1e-24));
      const prototypes = tf.div(tf.mul(this.#direction, this.#length), lengths) as tf.Tensor2D; // [bottleneck, out]
      const frozen = step < this.#frozenSteps;
      return linear(l2Normalize(h), frozen ? stopGradient(prototypes) : prototypes); // [B, out]
    });
  }

  variables(): NamedVariables {
    return this.#collect(
      (norm) => norm.variables(),
      () => true,
    );
  }

  trainableVariables(): NamedVariables {
    return this.#collect(
      (norm) => norm.trainableVariables(),
      (variable) => variable.trainable,
    );
  }

  dispose(): void {
    for (const variable of Object.values(this.variables())) variable.dispose();
  }

  #collect(of: (norm: BatchNorm) => NamedVariables, keep: (variable: tf.Variable) => boolean): NamedVariables {
    const parts = this.#layers.map(({ kernel, bias, norm }, i) =>
      prefixed(`layers.${i}`, { kernel, ...(bias && { bias }), ...(norm ? prefixed('norm', of(norm)) : {}) }),
    );
    const last = prefixed('last', { direction: this.#direction, length: this.#length });
    return Object.fromEntries(
      Object.entries(Object.assign({}, ...parts, last) as NamedVariables).filter(([, v]) => keep(v)),
    );
  }
}
