import { foldIn, type Key, type NamedVariables } from '@diptych/core';
import { prefixed } from '@diptych/core/networks';
import { checkOptions, checkShape, rules } from '@diptych/formats/errors';
import { linear } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { BatchNorm } from './batch-norm.ts';
import { checkHead, type Head, type HeadFactory, type HeadOptions, headOptionRules } from './head.ts';
import { uniformKernel } from './kernels.ts';

export interface MlpHeadOptions {
  /** Linear layers; MoCo v3's projector has 3, its predictor 2. Default 3. */
  layers?: number;
  /** Width of the hidden layers. Default 4 times the width of the input (4096 at the paper's scale). */
  hidden?: number;
  /** Width of the output. Default 256. */
  out?: number;
  /** Batch norm without scale and shift after the last layer. Default true. */
  lastNorm?: boolean;
}

/**
 * Multi-layer perceptron with batch norm on pooled features: projector or predictor of contrastive distillation.
 *
 *     (Linear, BatchNorm, ReLU) x (layers - 1), Linear, BatchNorm without scale and shift if `lastNorm`
 *
 * No layer has a bias: the norm that follows would take it out.
 *
 * **Shapes** [B, inputs] -> [B, out]. **Memory** The head holds its variables, `layers.<i>.kernel` and
 * `layers.<i>.norm.{gamma,beta,mean,variance}`, until `dispose()`.
 *
 * @throws DiptychError if a width or the number of layers is not a positive integer
 * @see Chen, Xie and He 2021, MoCo v3, section 3 and `moco/builder.py` (`_build_mlp`), arXiv:2104.02057
 * @example
 * const objective = contrastiveDistillation({ diffusion, tap: 'mid', projector: mlpHead({ hidden: 256, out: 64 }) });
 */
export function mlpHead(options: MlpHeadOptions = {}): HeadFactory {
  const {
    layers = 3,
    hidden,
    out = 256,
    lastNorm = true,
  } = checkOptions('mlpHead', options, {
    layers: rules.count,
    hidden: rules.count,
    out: rules.count,
    lastNorm: rules.flag,
  });
  return (inputs, key) => {
    checkHead('mlpHead', inputs, key);
    const widths = [inputs, ...Array<number>(layers - 1).fill(hidden ?? 4 * inputs), out];
    return new MlpHead(widths, lastNorm, key);
  };
}

class MlpHead implements Head {
  readonly inputs: number;
  readonly outputs: number;
  readonly #kernels: tf.Variable<tf.Rank.R2>[] = [];
  readonly #norms: (BatchNorm | undefined)[] = [];

  constructor(widths: readonly number[], lastNorm: boolean, key: Key) {
    const layers = widths.length - 1;
    this.inputs = widths[0];
    this.outputs = widths[layers];
    for (let i = 0; i < layers; i++) {
      const width = widths[i + 1];
      const last = i === layers - 1;
      this.#kernels.push(uniformKernel(widths[i], width, foldIn(key, i)));
      this.#norms.push(last && !lastNorm ? undefined : new BatchNorm(width, { affine: !last }));
    }
  }

  apply(x: tf.Tensor2D, options: HeadOptions): tf.Tensor2D {
    checkOptions('mlpHead', options, headOptionRules);
    checkShape('mlpHead', { x }, ['B', this.inputs]);
    return tf.tidy(() => {
      let h = x;
      this.#kernels.forEach((kernel, i) => {
        h = linear(h, kernel) as tf.Tensor2D; // [B, widths[i + 1]]
        h = this.#norms[i]?.apply(h, options) ?? h;
        if (i < this.#kernels.length - 1) h = tf.relu(h);
      });
      return h;
    });
  }

  variables(): NamedVariables {
    return this.#collect((norm) => norm.variables());
  }

  trainableVariables(): NamedVariables {
    return this.#collect((norm) => norm.trainableVariables());
  }

  dispose(): void {
    for (const variable of Object.values(this.variables())) variable.dispose();
  }

  #collect(of: (norm: BatchNorm) => NamedVariables): NamedVariables {
    const parts = this.#kernels.map((kernel, i) => {
      const norm = this.#norms[i];
      return prefixed(`layers.${i}`, { kernel, ...(norm ? prefixed('norm', of(norm)) : {}) });
    });
    return Object.assign({}, ...parts) as NamedVariables;
  }
}
