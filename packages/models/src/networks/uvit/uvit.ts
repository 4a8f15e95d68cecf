import { augmentationParameters } from '@diptych/core';
import * as tf from '@tensorflow/tfjs-core';
import type { ForwardOptions } from '@diptych/core';
import { meanPool, unpatchify } from '@diptych/ops';
import { macsByPart } from '../../base/macs.ts';
import { checkBlockOptions, pickOptions, withDefaults } from '../../base/check-options.ts';
import { Conv2d } from '../../blocks/convolution/conv2d.ts';
import { labelOrNull } from '../../blocks/embedding/label-embedding.ts';
import { LayerNorm } from '../../blocks/norm/layer-norm.ts';
import { Linear } from '../../blocks/mlp/linear.ts';
import { PatchEmbedding } from '../../blocks/embedding/patch-embedding.ts';
import { guidanceDefaults, SelfConditioning } from '../../conditions/self-conditioning.ts';
import { TimeEmbedding } from '../../blocks/embedding/time-embedding.ts';
import { TransformerBlock } from '../../blocks/attention/transformer-block.ts';
import { normalInit, uniformInit } from '../../base/initialization.ts';
import {
  checkAugmentation,
  checkImageSize,
  conditionEmbeddings,
  conditionInputs,
  type ConditionEmbeddings,
} from '../../conditions/condition-embeddings.ts';
import { contextOf } from '../../conditions/context.ts';
import { NetworkBlock } from '../../base/network-block.ts';
import {
  uvitLayout,
  type UViTLayout,
  uvitDefaults,
  uvitRules,
  uvitStdDefaults,
  type UViTInitialStd,
  type UViTInput,
  type UViTOptions,
  uvitShapes,
} from './uvit-config.ts';

/**
 * U-ViT: a vision transformer to which time, label and patches are all tokens, with long skips between its first and its last
 * blocks.
 *
 *     tokens = [cls?, augmentation?, label?, time, context?, patches] + positions
 *     in.0, in.1 ..., mid, out.0, out.1 ...      each out block merges the latest unused skip
 *     norm, linear to pixels, unpatchify, 3x3 convolution
 *
 * Without a label or an augmentation the null class and the zero vector stand in; a label is ignored without `classes`, an augmentation or
 * a context that it is not configured for refused. Taps: `in.i`, `mid`, `out.i` (all tokens), `selfConditioning.pooled`, and every part (`mid.attn`).
 *
 * | what | starts at |
 * |---|---|
 * | `patchEmbedding` | U(-b, b) with b = 1/sqrt(fan in), kernel and bias |
 * | `classToken`, every linear layer (`initialStd.linear`) | N(0, 0.02^2), biases 0 |
 * | `positions` (`initialStd.positions`) | N(0, 0.02^2) |
 * | `labelEmbedding` (`initialStd.labels`) | N(0, 1) |
 * | norms | gain 1, shift 0 |
 * | `finalConv` | as `Conv2d`: U(-b, b) with b = 1/sqrt(fan in), kernel and bias |
 * | `selfConditioning` | its last layer and its scale 0: the network begins as its baseline |
 *
 * **Shapes** x [B, H, W, C], noise [B], label int32 [B], augmentation [B, 9], context [B, length, width] -> [B, H, W, C].
 * **Units** the noise label enters the sinusoid as it is. **Memory** the caller owns what `forward` returns.
 *
 * @throws DiptychError if a configuration or an input does not fit, or a tap is unknown
 * @see Bao et al. 2022, arXiv:2209.12152; self-conditioning: DDAE++, arXiv:2505.10999
 * @example
 * const network = new UViT({ ...uvitPresets['S/2'], image: [32, 32, 3], selfConditioning: { after: 'mid' } });
 * const { output, features } = network.forward({ x, noise }, { taps: ['mid'] });
 */
export class UViT extends NetworkBlock<UViTInput> {
  static className = 'DiptychUViT';
  override readonly classes?: number;
  /** The options it was made with. */
  readonly config: UViTOptions;
  readonly #layout: UViTLayout;
  readonly #patchEmbedding: PatchEmbedding;
  readonly #timeEmbedding: TimeEmbedding;
  readonly #embeddings: ConditionEmbeddings;
  readonly #transformer: readonly { name: string; block: TransformerBlock }[];
  #selfConditioning?: SelfConditioning;
  readonly #norm: LayerNorm;
  readonly #decoder: Linear;
  readonly #finalConv?: Conv2d;

  constructor(options: UViTOptions) {
    super(checkBlockOptions<UViTOptions>('UViT', options, uvitRules), conditionInputs(options));
    const given = withDefaults(options, uvitDefaults);
    const { image, patch, width, heads, mlpRatio, qkvBias, classes, classToken, longSkips, finalConv, timeMlp } = given;
    this.config = options;
    this.#layout = uvitLayout(options);
    this.classes = classes ?? undefined;
    const { linear, positions, labels } = withDefaults<UViTInitialStd, typeof uvitStdDefaults>(
      given.initialStd,
      uvitStdDefaults,
    );
    const kernelInit = normalInit(linear);
    const patchInit = uniformInit(1 / Math.sqrt(patch * patch * image[2]));
    const patches = new PatchEmbedding({ image, patch, width, kernelInit: patchInit, biasInit: patchInit });
    this.#patchEmbedding = this.part('patchEmbedding', patches);
    const hidden = timeMlp ? 4 * width : undefined;
    this.#timeEmbedding = this.part('timeEmbedding', new TimeEmbedding({ width, hidden, kernelInit }));
    this.#embeddings = conditionEmbeddings(given, { width, tableInit: normalInit(labels), kernelInit });
    for (const [name, embedding] of Object.entries(this.#embeddings)) this.part(name, embedding);
    if (classToken) this.declare('classToken', [width], kernelInit);
    this.declare('positions', [this.#layout.patches + this.#layout.count, width], normalInit(positions));

    const { names, guideAfter } = this.#layout;
    this.#transformer = names.map((name) => {
      const skip = longSkips && name.startsWith('out');
      const block = this.part(name, new TransformerBlock({ width, heads, mlpRatio, qkvBias, skip, kernelInit }));
      if (name === guideAfter) this.#selfConditioning = this.part('selfConditioning', this.#guide());
      return { name, block };
    });
    this.#norm = this.part('norm', new LayerNorm({ width }));
    this.#decoder = this.part('decoder', new Linear({ inputs: width, outputs: patch * patch * image[2], kernelInit }));
    if (finalConv) this.#finalConv = this.part('finalConv', new Conv2d({ inputs: image[2], outputs: image[2] }));
  }

  #guide(): SelfConditioning {
    const { width, classToken = false, selfConditioning } = this.config;
    const { patches: first, count } = this.#layout;
    const { pool = classToken ? 'cls' : 'mean' } = selfConditioning!;
    const tokens = { first, count, classToken: 0 };
    return new SelfConditioning({ width, pool, tokens, ...pickOptions(selfConditioning!, guidanceDefaults) });
  }

  protected override predict(input: UViTInput, options: ForwardOptions): tf.Tensor4D {
    checkImageSize('UViT', input, this.config);
    const { patches, count } = this.#layout;
    const { longSkips = true, image, patch, selfConditioning } = this.config;
    const time = this.#timeEmbedding.forward(input.noise); // [B, D]
    let x: tf.Tensor3D = tf.add(this.#tokens(input, time, options), this.parameter('positions')); // [B, N, D]
    const skips: tf.Tensor3D[] = [];
    for (const { name, block } of this.#transformer) {
      x = block.forward(x, longSkips && name.startsWith('out') ? skips.pop() : undefined);
      if (longSkips && name.startsWith('in')) skips.push(x);
      if (!this.#selfConditioning || name !== this.#layout.guideAfter) continue;
      const guide = tf.expandDims(this.#selfConditioning.update(x, time), 1) as tf.Tensor3D; // [B, 1, D]
      const append = (tokens: tf.Tensor3D) => tf.concat([tokens, guide], 1); // [B, N + 1, D]
      const extra = selfConditioning!.target === 'extraToken';
      x = extra ? append(x) : addToken(x, guide, this.#layout.time);
      if (extra) skips.splice(0, skips.length, ...skips.map(append));
    }
    const pixels = this.#decoder.forward(this.#norm.forward(x)); // [B, N, p p C]
    const picture = unpatchify(tf.slice(pixels, [0, patches, 0], [-1, count, -1]) as tf.Tensor3D, patch, image); // [B, H, W, C]
    return this.#finalConv ? this.#finalConv.forward(picture) : picture;
  }

  /** [cls?, augmentation?, label?, time, context?, patches], [B, N, D]. */
  #tokens(input: UViTInput, time: tf.Tensor2D, options: ForwardOptions): tf.Tensor3D {
    const patches = this.#patchEmbedding.forward(input.x); // [B, patches, D]
    const [batch] = input.x.shape;
    const { width, classToken, context: shape } = this.config;
    const { labelEmbedding, augmentationEmbedding, contextEmbedding } = this.#embeddings;
    const vectors: tf.Tensor[] = [];
    if (classToken) vectors.push(tf.tile(tf.reshape(this.parameter('classToken'), [1, width]), [batch, 1]));
    if (augmentationEmbedding) {
      checkAugmentation('UViT', input);
      const augmentation = input.augmentation ?? tf.zeros<tf.Rank.R2>([batch, augmentationParameters]);
      vectors.push(augmentationEmbedding.forward(augmentation));
    }
    if (labelEmbedding) {
      const label = labelOrNull('UViT', input, labelEmbedding);
      vectors.push(labelEmbedding.forward(label, options));
    }
    vectors.push(time);
    const tokens = vectors.map((vector) => tf.expandDims(vector, 1)); // [B, 1, D]
    if (contextEmbedding) {
      const context = contextOf('UViT', input, shape!);
      tokens.push(contextEmbedding.forward(context)); // [B, length, D]
    }
    return tf.concat([...tokens, patches], 1) as tf.Tensor3D;
  }

  /** Multiply-adds of one image by part. */
  override macs(): Record<string, number> {
    return macsByPart(this, uvitShapes(this.config, this.#layout));
  }

  override tapNames(): readonly string[] {
    const names = this.#transformer.map(({ name }) => name);
    if (this.#selfConditioning) names.splice(names.indexOf(this.#layout.guideAfter!) + 1, 0, 'selfConditioning.pooled');
    return names;
  }

  /** The class token if there is one, else the mean over the patches. */
  override readout(_tap: string, feature: tf.Tensor): tf.Tensor2D {
    const { patches, count } = this.#layout;
    const [, tokens = 0] = feature.shape;
    if (feature.rank !== 3 || tokens < patches + count) return meanPool(feature);
    return tf.tidy(() => {
      if (this.config.classToken) return tf.squeeze(tf.slice(feature, [0, 0, 0], [-1, 1, -1]), [1]);
      return meanPool(tf.slice(feature, [0, patches, 0], [-1, count, -1]));
    });
  }
}

/** x with `token` added at one position of the sequence. */
function addToken(x: tf.Tensor3D, token: tf.Tensor3D, position: number): tf.Tensor3D {
  const around: [number, number] = [position, x.shape[1] - position - 1];
  return tf.add(x, tf.pad(token, [[0, 0], around, [0, 0]]));
}
