import * as tf from '@tensorflow/tfjs-core';
import type { ForwardOptions } from '@diptych/core';
import { sinCosPositions2d, unpatchify } from '@diptych/ops';
import { macsByPart } from '../../base/macs.ts';
import { checkOptions } from '../../base/check-options.ts';
import { LabelEmbedding } from '../../blocks/embedding/label-embedding.ts';
import { Linear } from '../../blocks/mlp/linear.ts';
import { PatchEmbedding } from '../../blocks/embedding/patch-embedding.ts';
import { SelfConditioning } from '../../conditions/self-conditioning.ts';
import { TimeEmbedding } from '../../blocks/embedding/time-embedding.ts';
import { normalInit } from '../../base/initialization.ts';
import { augmentationParameters, checkAugmentation } from '../../conditions/augmentation.ts';
import { contextOf, type ContextInput } from '../../conditions/context.ts';
import { labelOrNull } from '../../conditions/labels.ts';
import { NetworkBlock } from '../../base/network-block.ts';
import { DiTBlock, DiTFinalLayer } from './dit-block.ts';
import { DiTCondition } from './dit-condition.ts';
import { ditLayout, type DiTLayout, ditOptionNames, type DiTOptions, ditShapes } from './dit-config.ts';
import { Projector } from './projector.ts';

/**
 * DiT: a vision transformer whose blocks are modulated by one vector, the condition c = time + label (+ augmentation).
 *
 *     x = patches + fixed sine-cosine positions
 *     x = block.i(x, c, context?)    c becomes c' = c + s u after the block of self-conditioning
 *     pixels = final(x, c), unpatchify
 *
 * With `norm: 'rms', mlp: 'swiGlu', rotary: true` it is LightningDiT; with `projectors`, SiT as REPA trains it. Without a label the
 * null class stands in; conditions that it is not configured for are ignored. With `context` every block attends to tokens of another
 * model too. Taps: `block.i`,
 * `selfConditioning.pooled`, `projectors.i` (computed only when asked for), and every part (`block.0.attn`).
 *
 * **Shapes** x [B, H, W, C], noise [B], label int32 [B], augmentation [B, 9], context [B, length, width] -> [B, H, W, C], 2 C with a learned variance, or `outputs`.
 * **Units** the noise label enters the sinusoid as it is: DiT was trained with steps 0...999, SiT and LightningDiT with t in [0, 1].
 * **Memory** the caller owns what `forward` returns.
 *
 * @throws DiptychError for a configuration or an input that does not fit, and for an unknown tap
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
  private readonly patchEmbedding: PatchEmbedding;
  private readonly timeEmbedding: TimeEmbedding;
  private readonly labelEmbedding?: LabelEmbedding;
  private readonly augmentationEmbedding?: Linear;
  private readonly contextEmbedding?: Linear;
  private readonly transformer: readonly { name: string; block: DiTBlock; own?: DiTCondition }[];
  private readonly layout: DiTLayout;
  private selfConditioning?: SelfConditioning;
  private readonly projectors: readonly { name: string; projector: Projector }[];
  private readonly final: DiTFinalLayer;

  constructor(options: DiTOptions) {
    const { classes, augmentation = false, context } = options;
    super(checkOptions<DiTOptions>('DiT', options, ditOptionNames), [
      'x',
      'noise',
      ...(classes == null ? [] : ['label' as const]),
      ...(augmentation ? ['augmentation' as const] : []),
      ...(context ? ['context' as const] : []),
    ]);
    const { image, patch, width, heads, mlpRatio, nullClass, labelDropout: dropout } = options;
    const { norm, mlp, shift, qkNorm, qkvBias, mlpAffine, rotary = false, trainedGrid: trained } = options;
    const { selfConditioning, projectors, flavour = 'original' } = options;
    this.layout = ditLayout(options);
    const { names, grid, guideAfter } = this.layout;
    const endpoint = flavour === 'diffusers';
    const { mlpEpsilon = flavour === 'diffusers' ? 1e-5 : undefined } = options;
    this.config = options;
    this.classes = classes ?? undefined;
    const small = normalInit(0.02);
    this.patchEmbedding = this.part('patchEmbedding', new PatchEmbedding({ image, patch, width }));
    this.timeEmbedding = this.part(
      'timeEmbedding',
      new TimeEmbedding({ width, frequencies: 256, hidden: width, endpoint, kernelInit: small }),
    );
    if (classes != null) {
      const table = new LabelEmbedding({ classes, width, nullClass, dropout, tableInit: small });
      this.labelEmbedding = this.part('labelEmbedding', table);
    }
    if (augmentation) {
      const map = new Linear({ inputs: augmentationParameters, outputs: width, bias: false, kernelInit: small });
      this.augmentationEmbedding = this.part('augmentationEmbedding', map);
    }
    if (context) {
      const map = new Linear({ inputs: context.width, outputs: width, kernelInit: small });
      this.contextEmbedding = this.part('contextEmbedding', map);
    }
    const [rows, columns] = grid;
    const positions = () => sinCosPositions2d(grid, width);
    this.declare('positions', [rows * columns, width], positions, { trainable: false });
    const turning = rotary ? { rows, columns, trained: trained ?? undefined } : undefined;
    const attended = context ? width : undefined;
    this.transformer = names.map((name, i) => {
      // The first block and the last layer use the embeddings above.
      const repeated = flavour === 'diffusers' && i > 0;
      const ownOptions = { width, classes: classes ?? undefined, nullClass, dropout, endpoint };
      const own = repeated ? this.part(`condition.${i}`, new DiTCondition(ownOptions)) : undefined;
      const style = { norm, mlp, shift, qkNorm, qkvBias, mlpEpsilon, mlpAffine, rotary: turning, context: attended };
      const block = this.part(name, new DiTBlock({ width, heads, mlpRatio, ...style }));
      if (name === guideAfter) {
        const { depth, scale, zeroInit, stopGradient, rerouted } = selfConditioning!;
        const guide = new SelfConditioning({ width, depth, scale, zeroInit, stopGradient, rerouted });
        this.selfConditioning = this.part('selfConditioning', guide);
      }
      return { name, block, own };
    });
    this.projectors = (projectors?.outputs ?? []).map((outputs, i) => {
      const name = `projectors.${i}`;
      return { name, projector: this.part(name, new Projector({ width, hidden: projectors!.hidden, outputs })) };
    });
    const outputs = patch * patch * this.layout.outputs;
    this.final = this.part('final', new DiTFinalLayer({ width, outputs, norm }));
  }

  protected override predict(input: ContextInput, options: ForwardOptions): tf.Tensor4D {
    const { image, patch, variance, projectors } = this.config;
    const [height, breadth, channels] = image;
    const shared = this.condition(input, options); // [B, D]
    const given = this.contextEmbedding && contextOf('DiT', input, this.config.context!);
    const context = given && this.contextEmbedding!.forward(given); // [B, length, D]
    let guide: tf.Tensor2D | undefined;
    const guided = (condition: tf.Tensor2D) => (guide ? tf.add(condition, guide) : condition) as tf.Tensor2D;
    let x: tf.Tensor3D = tf.add(this.patchEmbedding.forward(input.x), this.parameter('positions')); // [B, N, D]
    for (const { name, block, own } of this.transformer) {
      const condition = guided(own ? this.condition(input, options, own) : shared);
      x = block.forward(x, condition, context);
      if (name === projectors?.after) {
        for (const { name, projector } of this.projectors) {
          if (options.taps?.some((tap) => tap === name || tap.startsWith(`${name}.`))) projector.forward(x);
        }
      }
      if (name === this.layout.guideAfter) guide = this.selfConditioning!.update(x, condition);
    }
    const pixels = this.final.forward(x, guided(shared)); // [B, N, p p outputs]
    const all = unpatchify(pixels, patch, [height, breadth, this.layout.outputs]); // [B, H, W, outputs]
    return variance === 'dropped' ? tf.slice(all, [0, 0, 0, 0], [-1, -1, -1, channels]) : all;
  }

  /** time + label + augmentation, [B, D]: of the shared embeddings, or those of one block. */
  private condition(input: ContextInput, options: ForwardOptions, own?: DiTCondition): tf.Tensor2D {
    const label = this.labelEmbedding && labelOrNull('DiT', input, this.labelEmbedding);
    let condition = own ? own.forward(input.noise, label, options) : this.timeEmbedding.forward(input.noise);
    if (!own && label) condition = tf.add(condition, this.labelEmbedding!.forward(label, options));
    if (this.augmentationEmbedding && input.augmentation) {
      checkAugmentation('DiT', input);
      condition = tf.add(condition, this.augmentationEmbedding.forward(input.augmentation));
    }
    return condition;
  }

  /** Multiply-adds of one image by part, projectors included. */
  override macs(): Record<string, number> {
    return macsByPart(this, ditShapes(this.config, this.layout));
  }

  override tapNames(): readonly string[] {
    return this.transformer.flatMap(({ name }) => [
      name,
      ...(name === this.config.projectors?.after ? this.projectors.map((projector) => projector.name) : []),
      ...(name === this.layout.guideAfter ? ['selfConditioning.pooled'] : []),
    ]);
  }

  override computeOutputShape(inputShape: (number | null)[][]): (number | null)[] {
    const [batch, height, width, channels] = inputShape[0];
    return [batch, height, width, this.config.variance === 'dropped' ? channels : this.layout.outputs];
  }
}
