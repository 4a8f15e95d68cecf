import * as tf from '@tensorflow/tfjs-core';
import type { ForwardOptions } from '@diptych/core';
import { sinCosPositions2d, unpatchify } from '@diptych/ops';
import { macsByPart } from '../../base/macs.ts';
import { checkBlockOptions, pickOptions, withDefaults } from '../../base/check-options.ts';
import { labelOrNull } from '../../blocks/embedding/label-embedding.ts';
import { PatchEmbedding } from '../../blocks/embedding/patch-embedding.ts';
import { guidanceDefaults, SelfConditioning } from '../../conditions/self-conditioning.ts';
import { TimeEmbedding } from '../../blocks/embedding/time-embedding.ts';
import { normalInit } from '../../base/initialization.ts';
import {
  checkAugmentation,
  checkImageSize,
  conditionEmbeddings,
  conditionInputs,
  type ConditionEmbeddings,
} from '../../conditions/condition-embeddings.ts';
import { contextOf, type ContextInput } from '../../conditions/context.ts';
import { NetworkBlock } from '../../base/network-block.ts';
import { DiTBlock, DiTCondition, DiTFinalLayer, ditStyleDefaults, Projector } from './dit-block.ts';
import { ditLayout, type DiTLayout, ditDefaults, type DiTOptions, ditRules, ditShapes } from './dit-config.ts';

/**
 * DiT: a vision transformer whose blocks are modulated by one vector, the condition c = time + label (+ augmentation).
 *
 *     x = patches + fixed sine-cosine positions
 *     x = block.i(x, c, context?)    c becomes c' = c + s u after the block of self-conditioning
 *     pixels = final(x, c), unpatchify
 *
 * With `norm: 'rms', mlp: 'swiGlu', rotary: true` it is LightningDiT; with `projectors`, SiT as REPA trains it. Without a label the
 * null class stands in; a label is ignored without `classes`, an augmentation or a context that it is not configured for refused. With `context` every block attends to tokens of another
 * model too. Taps: `block.i`,
 * `selfConditioning.pooled`, `projectors.i` (computed only when asked for), and every part (`block.0.attn`).
 *
 * | what | starts at |
 * |---|---|
 * | patches, tokens (Linear) | Xavier uniform, bias 0 |
 * | `positions` | sine and cosine of the place, fixed |
 * | `timeEmbedding`, `labelEmbedding`, `augmentationEmbedding`, `contextEmbedding` | N(0, 0.02^2), bias 0 |
 * | `block.i.adaLN`, `final.adaLN`, `final.linear`, `block.i.cross.proj` | 0: every block begins as the identity, the output as 0 |
 * | other linear layers of the blocks | Xavier uniform, bias 0; gains 1 |
 * | `selfConditioning` | its last layer and its scale 0: the network begins as its baseline |
 *
 * **Shapes** x [B, H, W, C], noise [B], label int32 [B], augmentation [B, 9], context [B, length, width] -> [B, H, W, C], 2 C with a learned variance, or `outputs`.
 * **Units** the noise label enters the sinusoid as it is: DiT was trained with steps 0...999, SiT and LightningDiT with t in [0, 1].
 * **Memory** the caller owns what `forward` returns.
 *
 * @throws DiptychError if a configuration or an input does not fit, or a tap is unknown
 * @see Peebles and Xie 2022, arXiv:2212.09748; Yao et al. 2025, arXiv:2501.01423 (LightningDiT); Yu et al. 2024,
 * arXiv:2410.06940 (REPA)
 * @example
 * const network = new DiT({ ...ditPresets['S/2'], image: [32, 32, 4], classes: 1000, selfConditioning: { after: 'block.5' } });
 * const { output, features } = network.forward({ x, noise, label }, { taps: ['block.5'] });
 */
export class DiT extends NetworkBlock<ContextInput> {
  static className = 'DiptychDiT';
  override readonly classes?: number;
  /** The options it was made with. */
  readonly config: DiTOptions;
  readonly #patchEmbedding: PatchEmbedding;
  readonly #timeEmbedding: TimeEmbedding;
  readonly #embeddings: ConditionEmbeddings;
  readonly #transformer: readonly { name: string; block: DiTBlock; own?: DiTCondition }[];
  readonly #layout: DiTLayout;
  #selfConditioning?: SelfConditioning;
  readonly #projectors: readonly { name: string; projector: Projector }[];
  readonly #final: DiTFinalLayer;

  constructor(options: DiTOptions) {
    super(checkBlockOptions<DiTOptions>('DiT', options, ditRules), conditionInputs(options));
    const given = withDefaults(options, ditDefaults);
    const { image, patch, width, heads, mlpRatio, norm, qkNorm, rotary, trainedGrid, flavor } = given;
    const { classes, nullClass, labelDropout: dropout, context, selfConditioning, projectors } = given;
    this.config = options;
    this.#layout = ditLayout(options);
    const { names, grid, guideAfter } = this.#layout;
    this.classes = classes ?? undefined;
    const small = normalInit(0.02);
    const endpoint = flavor === 'diffusers';
    const time = new TimeEmbedding({ width, frequencies: 256, hidden: width, endpoint, kernelInit: small });
    this.#patchEmbedding = this.part('patchEmbedding', new PatchEmbedding({ image, patch, width }));
    this.#timeEmbedding = this.part('timeEmbedding', time);
    this.#embeddings = conditionEmbeddings(given, { width, tableInit: small, kernelInit: small });
    for (const [name, embedding] of Object.entries(this.#embeddings)) this.part(name, embedding);
    const [rows, columns] = grid;
    const positions = () => sinCosPositions2d(grid, width);
    this.declare('positions', [rows * columns, width], positions, { trainable: false });
    const turning = rotary ? { rows, columns, trained: trainedGrid ?? undefined } : undefined;
    const mlpEpsilon = given.mlpEpsilon ?? (endpoint ? 1e-5 : undefined);
    const style = { ...pickOptions(given, ditStyleDefaults), mlpEpsilon, qkNorm, rotary: turning };
    this.#transformer = names.map((name, i) => {
      // The first block and the last layer use the embeddings above.
      const repeated = endpoint && i > 0;
      const ownOptions = { width, classes: classes ?? undefined, nullClass, dropout, endpoint };
      const own = repeated ? this.part(`condition.${i}`, new DiTCondition(ownOptions)) : undefined;
      const blockOptions = { width, heads, mlpRatio, ...style, context: context ? width : undefined };
      const block = this.part(name, new DiTBlock(blockOptions));
      if (name === guideAfter) {
        const guide = new SelfConditioning({ width, ...pickOptions(selfConditioning!, guidanceDefaults) });
        this.#selfConditioning = this.part('selfConditioning', guide);
      }
      return { name, block, own };
    });
    this.#projectors = (projectors?.outputs ?? []).map((outputs, i) => {
      const name = `projectors.${i}`;
      return { name, projector: this.part(name, new Projector({ width, hidden: projectors!.hidden, outputs })) };
    });
    const outputs = patch * patch * this.#layout.outputs;
    this.#final = this.part('final', new DiTFinalLayer({ width, outputs, norm }));
  }

  protected override predict(input: ContextInput, options: ForwardOptions): tf.Tensor4D {
    checkImageSize('DiT', input, this.config);
    const { image, patch, variance, projectors } = this.config;
    const [height, breadth, channels] = image;
    const shared = this.#condition(input, options); // [B, D]
    const given = this.#embeddings.contextEmbedding && contextOf('DiT', input, this.config.context!);
    const context = given && this.#embeddings.contextEmbedding!.forward(given); // [B, length, D]
    let guide: tf.Tensor2D | undefined;
    const guided = (condition: tf.Tensor2D) => (guide ? tf.add(condition, guide) : condition) as tf.Tensor2D;
    let x: tf.Tensor3D = tf.add(this.#patchEmbedding.forward(input.x), this.parameter('positions')); // [B, N, D]
    for (const { name, block, own } of this.#transformer) {
      const condition = guided(own ? this.#condition(input, options, own) : shared);
      x = block.forward(x, condition, context);
      if (name === projectors?.after) {
        for (const { name, projector } of this.#projectors) {
          if (options.taps?.some((tap) => tap === name || tap.startsWith(`${name}.`))) projector.forward(x);
        }
      }
      if (name === this.#layout.guideAfter) guide = this.#selfConditioning!.update(x, condition);
    }
    const pixels = this.#final.forward(x, guided(shared)); // [B, N, p p outputs]
    const all = unpatchify(pixels, patch, [height, breadth, this.#layout.outputs]); // [B, H, W, outputs]
    return variance === 'dropped' ? tf.slice(all, [0, 0, 0, 0], [-1, -1, -1, channels]) : all;
  }

  /** time + label + augmentation, [B, D]: of the shared embeddings, or those of one block. */
  #condition(input: ContextInput, options: ForwardOptions, own?: DiTCondition): tf.Tensor2D {
    const { labelEmbedding, augmentationEmbedding } = this.#embeddings;
    const label = labelEmbedding && labelOrNull('DiT', input, labelEmbedding);
    let condition = own ? own.forward(input.noise, label, options) : this.#timeEmbedding.forward(input.noise);
    if (!own && label) condition = tf.add(condition, labelEmbedding!.forward(label, options));
    if (augmentationEmbedding && input.augmentation) {
      checkAugmentation('DiT', input);
      condition = tf.add(condition, augmentationEmbedding.forward(input.augmentation));
    }
    return condition;
  }

  /** Multiply-adds of one image by part, projectors included. */
  override macs(): Record<string, number> {
    return macsByPart(this, ditShapes(this.config, this.#layout));
  }

  override tapNames(): readonly string[] {
    return this.#transformer.flatMap(({ name }) => [
      name,
      ...(name === this.config.projectors?.after ? this.#projectors.map((projector) => projector.name) : []),
      ...(name === this.#layout.guideAfter ? ['selfConditioning.pooled'] : []),
    ]);
  }

  override computeOutputShape(inputShape: (number | null)[][]): (number | null)[] {
    const [batch, height, width, channels] = inputShape[0];
    return [batch, height, width, this.config.variance === 'dropped' ? channels : this.#layout.outputs];
  }
}
