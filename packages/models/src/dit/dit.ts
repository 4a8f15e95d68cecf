import * as tf from '@tensorflow/tfjs-core';
import type { ForwardOptions, NetworkInput } from '@diptych/core';
import { check, sinCosPositions2d, unpatchify } from '@diptych/ops';
import { LabelEmbedding } from '../blocks/label-embedding.ts';
import { Linear } from '../blocks/linear.ts';
import { PatchEmbedding } from '../blocks/patch-embedding.ts';
import { SelfConditioning } from '../blocks/self-conditioning.ts';
import { TimeEmbedding } from '../blocks/time-embedding.ts';
import { normalInit } from '../initialisation/normal-init.ts';
import { totalMacs } from '../block/total-macs.ts';
import { NetworkBlock } from '../network/network-block.ts';
import { DiTBlock } from './dit-block.ts';
import { DiTCondition } from './dit-condition.ts';
import { DiTFinalLayer } from './dit-final-layer.ts';
import type { DiTOptions } from './dit-options.ts';
import { Projector } from './projector.ts';

const augmentationParameters = 9;

/**
 * DiT: a vision transformer whose blocks are modulated by one vector, the condition c = time + label (+ augmentation).
 *
 *     x = patches + fixed sine-cosine positions
 *     x = block.i(x, c)              c becomes c' = c + s u after the block of self-conditioning
 *     pixels = final(x, c), unpatchify
 *
 * With `norm: 'rms', mlp: 'swiGlu', rotary: true` it is LightningDiT; with `projectors`, SiT as REPA trains it. Without a label the
 * null class stands in; conditions that it is not configured for are ignored. Taps: `block.i`,
 * `selfConditioning.pooled`, `projectors.i` (computed only when asked for), and every part (`block.0.attn`).
 *
 * **Shapes** x [B, H, W, C], noise [B], label int32 [B], augmentation [B, 9] -> [B, H, W, C], or 2 C with a learned variance.
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
export class DiT extends NetworkBlock {
  static className = 'DiptychDiT';
  override readonly classes?: number;
  /** The options it was made with. */
  readonly config: DiTOptions;
  private readonly patchEmbedding: PatchEmbedding;
  private readonly timeEmbedding: TimeEmbedding;
  private readonly labelEmbedding?: LabelEmbedding;
  private readonly augmentationEmbedding?: Linear;
  private readonly transformer: readonly { name: string; block: DiTBlock; own?: DiTCondition }[];
  private readonly guideAfter?: string;
  private selfConditioning?: SelfConditioning;
  private readonly projectors: readonly { name: string; projector: Projector }[];
  private readonly final: DiTFinalLayer;

  constructor(options: DiTOptions) {
    const { classes, augmentation = false } = options;
    super(options, [
      'x',
      'noise',
      ...(classes == null ? [] : ['label' as const]),
      ...(augmentation ? ['augmentation' as const] : []),
    ]);
    const { image, patch, width, depth, heads, mlpRatio, nullClass, labelDropout: dropout } = options;
    const { norm, mlp, shift, qkNorm, rotary = false, trainedGrid: trained, variance = 'none' } = options;
    const { selfConditioning, projectors, flavour = 'original' } = options;
    const flavours = ['original', 'diffusers'];
    check(flavours.includes(flavour), 'DiT', 'flavour', `one of ${flavours.join(', ')}`, flavour);
    const endpoint = flavour === 'diffusers';
    const mlpEpsilon = flavour === 'diffusers' ? 1e-5 : undefined;
    check(Number.isInteger(depth) && depth > 0, 'DiT', 'depth', 'a positive integer', depth);
    check(width % 4 === 0, 'DiT', 'width', 'a multiple of 4', width);
    const known = ['none', 'predicted', 'dropped'];
    check(known.includes(variance), 'DiT', 'variance', `one of ${known.join(', ')}`, variance);
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
    const [rows, columns] = [image[0] / patch, image[1] / patch];
    const positions = () => sinCosPositions2d([rows, columns], width);
    this.declare('positions', [rows * columns, width], positions, { trainable: false });

    const names = Array.from({ length: depth }, (_, i) => `block.${i}`);
    if (selfConditioning) {
      this.guideAfter = selfConditioning.after ?? `block.${Math.max(0, Math.floor(depth / 2) - 1)}`;
      check(
        names.includes(this.guideAfter),
        'DiT',
        'selfConditioning.after',
        `one of ${names.join(', ')}`,
        this.guideAfter,
      );
    }
    if (projectors)
      check(
        names.includes(projectors.after),
        'DiT',
        'projectors.after',
        `one of ${names.join(', ')}`,
        projectors.after,
      );
    const grid = rotary ? { rows, columns, trained: trained ?? undefined } : undefined;
    this.transformer = names.map((name, i) => {
      // The first block and the last layer use the embeddings above.
      const repeated = flavour === 'diffusers' && i > 0;
      const ownOptions = { width, classes: classes ?? undefined, nullClass, dropout, endpoint };
      const own = repeated ? this.part(`condition.${i}`, new DiTCondition(ownOptions)) : undefined;
      const style = { norm, mlp, shift, qkNorm, rotary: grid };
      const block = this.part(name, new DiTBlock({ width, heads, mlpRatio, mlpEpsilon, ...style }));
      if (name === this.guideAfter) {
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
    const outputs = patch * patch * image[2] * (variance === 'none' ? 1 : 2);
    this.final = this.part('final', new DiTFinalLayer({ width, outputs, norm }));
  }

  protected override predict(input: NetworkInput, options: ForwardOptions): tf.Tensor4D {
    const { image, patch, variance = 'none', projectors } = this.config;
    const [height, breadth, channels] = image;
    const shared = this.condition(input, options); // [B, D]
    let guide: tf.Tensor2D | undefined;
    const guided = (condition: tf.Tensor2D) => (guide ? tf.add(condition, guide) : condition) as tf.Tensor2D;
    let x = tf.add(this.patchEmbedding.forward(input.x), this.parameter<tf.Tensor2D>('positions')) as tf.Tensor3D; // [B, N, D]
    for (const { name, block, own } of this.transformer) {
      const condition = guided(own ? this.condition(input, options, own) : shared);
      x = block.forward(x, condition);
      if (name === projectors?.after) {
        for (const { name, projector } of this.projectors) {
          if (options.taps?.some((tap) => tap === name || tap.startsWith(`${name}.`))) projector.forward(x);
        }
      }
      if (name === this.guideAfter) guide = this.selfConditioning!.update(x, condition);
    }
    const pixels = this.final.forward(x, guided(shared)); // [B, N, p p outputs]
    if (variance === 'none') return unpatchify(pixels, patch, image); // [B, H, W, C]
    const both = unpatchify(pixels, patch, [height, breadth, 2 * channels]); // [B, H, W, 2 C]
    return variance === 'predicted' ? both : tf.slice(both, [0, 0, 0, 0], [-1, -1, -1, channels]);
  }

  /** time + label + augmentation, [B, D]: of the shared embeddings, or those of one block. */
  private condition(input: NetworkInput, options: ForwardOptions, own?: DiTCondition): tf.Tensor2D {
    const [batch] = input.x.shape;
    let label: tf.Tensor1D | undefined;
    if (this.labelEmbedding) {
      const { nullClass } = this.labelEmbedding;
      check(input.label || nullClass != null, 'DiT', 'label', 'given to a network without null class', input.label);
      label = input.label ?? tf.fill<tf.Rank.R1>([batch], nullClass!, 'int32');
      check(label.shape[0] === batch, 'DiT', 'label', `one for each of ${batch} images`, label);
    }
    let condition = own ? own.forward(input.noise, label, options) : this.timeEmbedding.forward(input.noise);
    if (!own && label) condition = tf.add(condition, this.labelEmbedding!.forward(label, options));
    if (this.augmentationEmbedding && input.augmentation) {
      const { augmentation } = input;
      check(
        augmentation.shape[0] === batch,
        'DiT',
        'augmentation',
        `of shape [${batch}, ${augmentationParameters}]`,
        augmentation,
      );
      condition = tf.add(condition, this.augmentationEmbedding.forward(augmentation));
    }
    return condition;
  }

  /** Multiply-adds of one image by part, projectors included. */
  override macs(): Record<string, number> {
    const { image, patch, width } = this.config;
    const [x, condition] = [
      [1, (image[0] / patch) * (image[1] / patch), width],
      [1, width],
    ];
    const found: Record<string, number> = {
      patchEmbedding: totalMacs(this.patchEmbedding, [1, ...image]),
      timeEmbedding: totalMacs(this.timeEmbedding, [1]),
    };
    if (this.augmentationEmbedding)
      found.augmentationEmbedding = totalMacs(this.augmentationEmbedding, [1, augmentationParameters]);
    for (const [i, { name, block, own }] of this.transformer.entries()) {
      if (own) found[`condition.${i}`] = totalMacs(own, [1]);
      found[name] = totalMacs(block, x, condition);
      if (this.selfConditioning && name === this.guideAfter)
        found.selfConditioning = totalMacs(this.selfConditioning, x);
    }
    for (const { name, projector } of this.projectors) found[name] = totalMacs(projector, x);
    found.final = totalMacs(this.final, x, condition);
    return found;
  }

  override tapNames(): readonly string[] {
    return this.transformer.flatMap(({ name }) => [
      name,
      ...(name === this.config.projectors?.after ? this.projectors.map((projector) => projector.name) : []),
      ...(name === this.guideAfter ? ['selfConditioning.pooled'] : []),
    ]);
  }

  override computeOutputShape(inputShape: (number | null)[][]): (number | null)[] {
    const [batch, height, width, channels] = inputShape[0];
    return [batch, height, width, this.config.variance === 'predicted' ? 2 * channels! : channels];
  }
}
