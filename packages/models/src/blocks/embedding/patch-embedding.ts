import type { Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { check, rules } from '@diptych/formats/errors';
import { patchify } from '@diptych/ops';
import { Block } from '../../base/block.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { checkBlockOptions } from '../../base/check-options.ts';
import { blockRules, needed } from '../../base/option-rules.ts';
import { totalMacs } from '../../base/macs.ts';
import { constantInit, type Initializer, xavierInit } from '../../base/initialization.ts';
import { Linear } from '../mlp/linear.ts';

/** Options of `PatchEmbedding`. */
export interface PatchEmbeddingOptions extends BlockOptions {
  /** Height, width and channels of the images. */
  image: readonly [number, number, number];
  /** Side of a patch; divides height and width. */
  patch: number;
  /** Width of the tokens. */
  width: number;
  /** First values of the kernel. Default Xavier uniform. */
  kernelInit?: Initializer;
  /** First values of the bias. Default zero. */
  biasInit?: Initializer;
}

/**
 * Cuts images into patches in raster order and maps each to a token: a convolution whose stride is its size. The rows of
 * `proj.kernel` are (row in the patch, column, channel), channel fastest.
 *
 * **Shapes** [B, H, W, C] -> [B, (H/patch)(W/patch), width].
 *
 * @throws DiptychError if `patch` does not divide the image, or x has another size than `image`
 * @see Dosovitskiy et al. 2020, eq. 1
 * @example
 * const tokens = new PatchEmbedding({ image: [8, 8, 1], patch: 2, width: 64 }).forward(tf.zeros([4, 8, 8, 1])); // [4, 16, 64]
 */
export class PatchEmbedding extends Block<[Tensor4D], Tensor3D> {
  static className = 'DiptychPatchEmbedding';
  /** Number of tokens of one image. */
  readonly tokens: number;
  readonly #image: readonly [number, number, number];
  readonly #patch: number;
  readonly #width: number;
  readonly #proj: Linear;

  constructor(options: PatchEmbeddingOptions) {
    super(
      checkBlockOptions<PatchEmbeddingOptions>('PatchEmbedding', options, {
        image: needed(blockRules.image),
        patch: needed(rules.count),
        width: needed(rules.count),
        kernelInit: rules.callback,
        biasInit: rules.callback,
      }),
    );
    const { image, patch, width, kernelInit = xavierInit(), biasInit = constantInit(0) } = options;
    const [height, breadth, channels] = image;
    const fits =
      [height, breadth, channels].every((n) => Number.isInteger(n) && n > 0) &&
      height % patch === 0 &&
      breadth % patch === 0;
    check(
      fits,
      'PatchEmbedding',
      'image',
      `[height, width, channels] with sides divisible by the patch ${patch}`,
      image,
    );
    this.#image = image;
    this.#patch = patch;
    this.#width = width;
    this.tokens = (height / patch) * (breadth / patch);
    const inputs = patch * patch * channels;
    this.#proj = this.part('proj', new Linear({ inputs, outputs: width, kernelInit, biasInit }));
  }

  protected override compute(x: Tensor4D): Tensor3D {
    const fits = x.rank === 4 && this.#image.every((n, i) => x.shape[i + 1] === n);
    check(fits, 'PatchEmbedding', 'x', `images [B, ${this.#image.join(', ')}]`, x);
    return this.#proj.forward(patchify(x, this.#patch)); // [B, N, width]
  }

  override macs([batch]: readonly number[]): Record<string, number> {
    return { proj: totalMacs(this.#proj, [batch, this.tokens, this.#patch ** 2 * this.#image[2]]) };
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return [inputShape[0], this.tokens, this.#width];
  }
}
