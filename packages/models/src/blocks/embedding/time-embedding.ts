import { add, tidy, type Tensor, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { check, checkCount, rules } from '@diptych/formats/errors';
import { sinusoidalEmbedding, type SinusoidalEmbeddingOptions } from '@diptych/ops';
import { Block, onePerSample } from '../../base/block.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { checkBlockOptions } from '../../base/check-options.ts';
import { needed } from '../../base/option-rules.ts';
import { totalMacs } from '../../base/macs.ts';
import type { Initializer } from '../../base/initialization.ts';
import { Linear } from '../mlp/linear.ts';
import { Mlp } from '../mlp/mlp.ts';

/** Options of `TimeEmbedding`. */
export interface TimeEmbeddingOptions extends BlockOptions {
  /** Width of the embedding. */
  width: number;
  /** Width between two linear layers with SiLU after the sinusoid; absent for the bare sinusoid. */
  hidden?: number;
  /** Width of the sinusoid in front of the layers. Default width. */
  frequencies?: number;
  /** Let the slowest frequency be 1/10000 exactly, as diffusers does; else 10000^(1/half - 1). Default false. */
  endpoint?: boolean;
  /** Sines before cosines, as DDAE, EDM's UNets and diffusers' UNets have them. Default false. */
  sinFirst?: boolean;
  /** How much slower the slowest frequency is than the fastest. Default 10000. */
  maxPeriod?: number;
  /**
   * How many augmentation parameters describe an image, as a second input: a linear layer without bias maps them to the sinusoid's
   * width, and they are added to it. Default none.
   */
  augmentation?: number;
  /** First values of the kernels. Default Xavier uniform. */
  kernelInit?: Initializer;
}

/**
 * Embeds the noise label of each sample: [cos(f t), sin(f t)] with f from 1 down to 1/10000, then optionally a two-layer MLP.
 * With `augmentation`, the parameters of a non-leaky augmentation are added in front of it, through a matrix W: MLP(sinusoid + a W), as in DDAE
 * and EDM's DDPM++. Without the second input this is MLP(sinusoid), as for an image that is not augmented (a = 0).
 *
 * **Shapes** [B], optionally [B, augmentation] -> [B, width]. **Units** the label is used as it is: steps (U-ViT, DiT) or ln(sigma)/4 (EDM).
 *
 * @throws DiptychError if the sinusoid has another width than the embedding and there is no MLP, the label is not [B], or the
 * augmentation not [B, augmentation] or none was announced
 * @see Peebles and Xie 2022 (DiT), Bao et al. 2022 (U-ViT); Karras et al. 2022, arXiv:2206.00364, appendix F.2 (augmentation)
 * @example
 * const e = new TimeEmbedding({ width: 64, hidden: 256 }).forward(tf.tensor1d([0.1, -0.3])); // [2, 64]
 */
export class TimeEmbedding extends Block<[Tensor1D, Tensor2D?], Tensor2D> {
  static className = 'DiptychTimeEmbedding';
  readonly #width: number;
  readonly #frequencies: number;
  readonly #sinusoid: SinusoidalEmbeddingOptions;
  readonly #augmentation?: number;
  readonly #augmentationEmbedding?: Linear;
  readonly #mlp?: Mlp;

  constructor(options: TimeEmbeddingOptions) {
    super(
      checkBlockOptions<TimeEmbeddingOptions>('TimeEmbedding', options, {
        width: needed(rules.count),
        hidden: rules.count,
        frequencies: rules.count,
        endpoint: rules.flag,
        sinFirst: rules.flag,
        maxPeriod: rules.positive,
        augmentation: rules.count,
        kernelInit: rules.callback,
      }),
    );
    const { width, hidden, frequencies = width, endpoint = false, sinFirst = false } = options;
    const { maxPeriod = 10000, augmentation, kernelInit } = options;
    const least = endpoint ? 4 : 2;
    check(frequencies >= least, 'TimeEmbedding', 'frequencies', `at least ${least}`, frequencies);
    const fits = hidden != null || frequencies === width;
    check(fits, 'TimeEmbedding', 'frequencies', `the width ${width} when there is no MLP`, frequencies);
    this.#width = width;
    this.#frequencies = frequencies;
    this.#sinusoid = { endpoint, sinFirst, maxPeriod };
    if (augmentation != null) {
      checkCount('TimeEmbedding', { augmentation });
      const map = new Linear({ inputs: augmentation, outputs: frequencies, bias: false, kernelInit });
      this.#augmentation = augmentation;
      this.#augmentationEmbedding = this.part('augmentationEmbedding', map);
    }
    if (hidden == null) return;
    this.#mlp = this.part(
      'mlp',
      new Mlp({ width: frequencies, hidden, outputs: width, activation: 'silu', kernelInit }),
    );
  }

  override call(inputs: Tensor | Tensor[], kwargs: Parameters<Block['call']>[1]): Tensor {
    this.invokeCallHook(inputs, kwargs);
    const [noise, augmentation] = [inputs].flat();
    return tidy(() => this.forward(onePerSample(noise), augmentation as Tensor2D | undefined));
  }

  protected override compute(noise: Tensor1D, augmentation?: Tensor2D): Tensor2D {
    check(noise.rank === 1, 'TimeEmbedding', 'noise', 'one label for each sample, [B]', noise);
    const waves = sinusoidalEmbedding(noise, this.#frequencies, this.#sinusoid); // [B, frequencies]
    const sum = augmentation ? add(waves, this.#mapped(augmentation, noise.shape[0])) : waves;
    return (this.#mlp ? this.#mlp.forward(sum) : sum) as Tensor2D; // [B, width]
  }

  #mapped(augmentation: Tensor2D, batch: number): Tensor {
    const [map, width] = [this.#augmentationEmbedding, this.#augmentation];
    check(map, 'TimeEmbedding', 'augmentation', 'absent without the option `augmentation`', augmentation);
    const fits = augmentation.rank === 2 && augmentation.shape[0] === batch && augmentation.shape[1] === width;
    check(fits, 'TimeEmbedding', 'augmentation', `of shape [${batch}, ${width}]`, augmentation);
    return map.forward(augmentation); // [B, frequencies]
  }

  override macs([batch]: readonly number[], augmentation?: readonly number[]): Record<string, number> {
    return {
      ...(augmentation && { augmentationEmbedding: totalMacs(this.#augmentationEmbedding!, augmentation) }),
      ...(this.#mlp && { mlp: totalMacs(this.#mlp, [batch, this.#frequencies]) }),
    };
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return [[inputShape].flat(2)[0], this.#width];
  }
}
