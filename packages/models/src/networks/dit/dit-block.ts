import { check, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { gatedAdd, modulate, silu } from '@diptych/ops';
import type { ForwardOptions } from '@diptych/core';
import { GatedMlp } from '../../blocks/mlp/gated-mlp.ts';
import { Mlp } from '../../blocks/mlp/mlp.ts';
import { Block, onePerSample, LastAxisBlock } from '../../base/block.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { checkBlockOptions, type BlockRules, type Defaults, withDefaults } from '../../base/check-options.ts';
import { needed } from '../../base/option-rules.ts';
import { totalMacs } from '../../base/macs.ts';
import { Attention, qkNormRule, type AttentionOptions } from '../../blocks/attention/attention.ts';
import { CrossAttention } from '../../blocks/attention/cross-attention.ts';
import { LayerNorm } from '../../blocks/norm/layer-norm.ts';
import { Linear } from '../../blocks/mlp/linear.ts';
import { RmsNorm } from '../../blocks/norm/rms-norm.ts';
import { constantInit, normalInit } from '../../base/initialization.ts';
import { LabelEmbedding, type LabelEmbeddingOptions } from '../../blocks/embedding/label-embedding.ts';
import { TimeEmbedding } from '../../blocks/embedding/time-embedding.ts';

/** The MLPs of a DiT block by name, each of a width and the hidden width of an ungated one. */
const mlps = {
  gelu: (width, hidden) => new Mlp({ width, hidden, activation: 'geluTanh' }),
  geluExact: (width, hidden) => new Mlp({ width, hidden, activation: 'gelu' }),
  quickGelu: (width, hidden) => new Mlp({ width, hidden, activation: 'quickGelu' }),
  silu: (width, hidden) => new Mlp({ width, hidden, activation: 'silu' }),
  swiGlu: (width, hidden) =>
    new GatedMlp({ width, hidden: Math.floor((2 / 3) * hidden), activation: 'silu', gateFirst: true }),
  gatedGelu: (width, hidden) => new GatedMlp({ width, hidden, activation: 'gelu' }),
  gatedSilu: (width, hidden) => new GatedMlp({ width, hidden, activation: 'silu' }),
} as const satisfies Record<string, (width: number, hidden: number) => Mlp | GatedMlp>;

/** What `DiTStyle.mlp` may be. */
export type DiTMlp = keyof typeof mlps;

/** The MLP of a DiT block. */
export function ditMlp(kind: DiTMlp, width: number, hidden: number): Mlp | GatedMlp {
  check(Object.hasOwn(mlps, kind), 'DiTBlock', 'mlp', `one of ${Object.keys(mlps).join(', ')}`, kind);
  return mlps[kind](width, hidden);
}

/** What the blocks of a DiT and its last layer are made of. */
export interface DiTStyle {
  /** `layer` (without gain and shift, epsilon 1e-6) or `rms`. Default layer. */
  norm?: 'layer' | 'rms';
  /**
   * The MLP: `gelu` (tanh approximation), `geluExact`, `quickGelu` or `silu` between two layers; `swiGlu`, gated with two thirds of the
   * hidden width as in LightningDiT; `gatedGelu` or `gatedSilu`, gated with all of it as in diffusers. Default gelu.
   */
  mlp?: DiTMlp;
  /** Whether the condition shifts the blocks, beside scaling and gating them. Default true. */
  shift?: boolean;
  /** Bias of the joint query, key and value projection. Default true. */
  qkvBias?: boolean;
  /** Epsilon of the norm before the MLP. Default that of the other norms, 1e-6. */
  mlpEpsilon?: number;
  /** Whether the layer norm before the MLP has a gain and a shift of its own. Default false. */
  mlpAffine?: boolean;
}

/** The style with its defaults. */
export const ditStyleDefaults = {
  norm: 'layer',
  mlp: 'gelu',
  shift: true,
  qkvBias: true,
  mlpEpsilon: undefined,
  mlpAffine: false,
} as const satisfies Defaults<DiTStyle>;

/** The style with its rules. */
export const ditStyleRules = {
  norm: rules.oneOf('layer', 'rms'),
  mlp: rules.oneOf(...Object.keys(mlps)),
  shift: rules.flag,
  qkvBias: rules.flag,
  mlpEpsilon: rules.positive,
  mlpAffine: rules.flag,
} satisfies BlockRules<DiTStyle>;

const blockDefaults = {
  ...ditStyleDefaults,
  width: undefined,
  heads: undefined,
  mlpRatio: 4,
  qkNorm: undefined,
  rotary: undefined,
  context: undefined,
} as const satisfies Defaults<DiTBlockOptions>;

/** Options of `DiTBlock`. */
export interface DiTBlockOptions extends DiTStyle, Pick<AttentionOptions, 'qkNorm' | 'rotary'>, BlockOptions {
  /** Width of tokens and condition, divisible by `heads`. */
  width: number;
  heads: number;
  /** Width inside the MLP over the width of the tokens; `swiGlu` has two thirds of it. Default 4. */
  mlpRatio?: number;
  /** Width of further tokens that the tokens attend to, such as those of a text encoder. Default none. */
  context?: number;
}

/**
 * A transformer block that a condition modulates (adaLN-Zero):
 *
 *     [shift1, scale1, gate1, shift2, scale2, gate2] = silu(c) W + b
 *     x = x + gate1 attn(norm1(x) (1 + scale1) + shift1)
 *     x = x + cross(x, context)                  if there is a context; it begins as zero
 *     x = x + gate2 mlp(norm2(x) (1 + scale2) + shift2)
 *
 * W and b begin at zero, so the block begins as the identity. Without `shift` there are four chunks.
 *
 * **Shapes** tokens [B, N, width], condition [B, width], context [B, M, context] if there is one -> [B, N, width].
 *
 * @throws DiptychError if a context is missing, or given to a block without one
 * @see Peebles and Xie 2022, arXiv:2212.09748, figure 3; LightningDiT, arXiv:2501.01423, for norm, SwiGLU and rotary positions;
 * Chen et al. 2023 (PixArt-alpha), arXiv:2310.00426, section 2.3, for the context
 * @example
 * const y = new DiTBlock({ width: 64, heads: 4 }).forward(tokens, condition);
 */
export class DiTBlock extends Block<[tf.Tensor3D, tf.Tensor2D, tf.Tensor3D?], tf.Tensor3D> {
  static className = 'DiptychDiTBlock';
  readonly #shift: boolean;
  readonly #adaLN: Linear;
  readonly #norm1: LayerNorm | RmsNorm;
  readonly #attn: Attention;
  readonly #cross?: CrossAttention;
  readonly #norm2: LayerNorm | RmsNorm;
  readonly #mlp: ReturnType<typeof ditMlp>;

  constructor(options: DiTBlockOptions) {
    super(
      checkBlockOptions<DiTBlockOptions>('DiTBlock', options, {
        ...ditStyleRules,
        width: needed(rules.count),
        heads: needed(rules.count),
        mlpRatio: rules.positive,
        qkNorm: qkNormRule,
        rotary: rules.object,
        context: rules.count,
      }),
    );
    const { width, heads, mlpRatio, norm, mlp, shift, qkvBias, ...rest } = withDefaults(options, blockDefaults);
    const { qkNorm, rotary, mlpEpsilon, mlpAffine, context } = rest;
    this.#shift = shift;
    const outputs = (shift ? 6 : 4) * width;
    this.#adaLN = this.part('adaLN', new Linear({ inputs: width, outputs, kernelInit: constantInit(0) }));
    this.#norm1 = this.part('norm1', ditNorm(width, norm));
    this.#attn = this.part('attn', new Attention({ width, heads, qkvBias, qkNorm, rotary }));
    if (context != null) {
      const lastInit = constantInit(0);
      this.#cross = this.part('cross', new CrossAttention({ width, heads, context, qkvBias: true, lastInit }));
    }
    this.#norm2 = this.part('norm2', ditNorm(width, norm, { epsilon: mlpEpsilon, affine: mlpAffine }));
    this.#mlp = this.part('mlp', ditMlp(mlp, width, Math.floor(mlpRatio * width)));
  }

  protected override compute(x: tf.Tensor3D, condition: tf.Tensor2D, context?: tf.Tensor3D): tf.Tensor3D {
    check(!this.#cross === !context, 'DiTBlock', 'context', this.#cross ? 'given' : 'absent', context);
    const chunks = tf.split(this.#adaLN.forward(silu(condition)), this.#shift ? 6 : 4, 1) as tf.Tensor2D[]; // [B, width] each
    const [shift1, scale1, gate1, shift2, scale2, gate2] = this.#shift
      ? chunks
      : [undefined, chunks[0], chunks[1], undefined, chunks[2], chunks[3]];
    const mixed = this.#attn.forward(modulate(this.#norm1.forward(x), scale1!, shift1));
    x = gatedAdd(x, mixed, gate1!);
    if (context) x = tf.add(x, this.#cross!.forward(x, context));
    const changed = this.#mlp.forward(modulate(this.#norm2.forward(x), scale2!, shift2));
    return gatedAdd(x, changed, gate2!);
  }

  override macs(
    x: readonly number[],
    condition: readonly number[],
    context?: readonly number[],
  ): Record<string, number> {
    const cross = this.#cross && { cross: totalMacs(this.#cross, x, context!) };
    const [adaLN, attn] = [totalMacs(this.#adaLN, condition), totalMacs(this.#attn, x)];
    return { adaLN, attn, ...cross, mlp: totalMacs(this.#mlp, x) };
  }

  override computeOutputShape(inputShape: Shape[]): Shape {
    return inputShape[0];
  }
}

/** The normalisation in front of a modulation: RMS with a gain, or layer norm, mostly without gain and shift. */
export function ditNorm(
  width: number,
  norm: DiTStyle['norm'] = 'layer',
  { epsilon = 1e-6, affine = false }: { epsilon?: number; affine?: boolean } = {},
): LayerNorm | RmsNorm {
  check(['layer', 'rms'].includes(norm), 'DiT', 'norm', '"layer" or "rms"', norm);
  return norm === 'rms' ? new RmsNorm({ width, epsilon }) : new LayerNorm({ width, affine, epsilon });
}

/** Options of `DiTFinalLayer`. */
export interface DiTFinalLayerOptions extends Pick<DiTStyle, 'norm'>, BlockOptions {
  width: number;
  /** Numbers of one token that come out: those of a patch. */
  outputs: number;
}

/**
 * The last layer of a DiT: linear(norm(x) (1 + scale) + shift) with [shift, scale] = silu(c) W + b. Both linear layers begin at
 * zero, so a DiT begins by predicting zero.
 *
 * **Shapes** tokens [B, N, width], condition [B, width] -> [B, N, outputs].
 *
 * @see Peebles and Xie 2022, arXiv:2212.09748, section 3.2
 * @example
 * const pixels = new DiTFinalLayer({ width: 64, outputs: 12 }).forward(tokens, condition);
 */
export class DiTFinalLayer extends Block<[tf.Tensor3D, tf.Tensor2D], tf.Tensor3D> {
  static className = 'DiptychDiTFinalLayer';
  readonly #outputs: number;
  readonly #adaLN: Linear;
  readonly #norm: LayerNorm | RmsNorm;
  readonly #linear: Linear;

  constructor(options: DiTFinalLayerOptions) {
    super(
      checkBlockOptions<DiTFinalLayerOptions>('DiTFinalLayer', options, {
        width: needed(rules.count),
        outputs: needed(rules.count),
        norm: rules.oneOf('layer', 'rms'),
      }),
    );
    const { width, outputs, norm } = options;
    this.#outputs = outputs;
    const kernelInit = constantInit(0);
    this.#adaLN = this.part('adaLN', new Linear({ inputs: width, outputs: 2 * width, kernelInit }));
    this.#norm = this.part('norm', ditNorm(width, norm));
    this.#linear = this.part('linear', new Linear({ inputs: width, outputs, kernelInit }));
  }

  protected override compute(x: tf.Tensor3D, condition: tf.Tensor2D): tf.Tensor3D {
    const [shift, scale] = tf.split(this.#adaLN.forward(silu(condition)), 2, 1) as tf.Tensor2D[]; // [B, width] each
    return this.#linear.forward(modulate(this.#norm.forward(x), scale, shift));
  }

  override macs(x: readonly number[], condition: readonly number[]): Record<string, number> {
    return { adaLN: totalMacs(this.#adaLN, condition), linear: totalMacs(this.#linear, x) };
  }

  override computeOutputShape(inputShape: Shape[]): Shape {
    return [...inputShape[0].slice(0, -1), this.#outputs];
  }
}

/** Options of `DiTCondition`. */
export interface DiTConditionOptions
  extends BlockOptions, Partial<Pick<LabelEmbeddingOptions, 'classes' | 'nullClass' | 'dropout'>> {
  width: number;
  /** The lowest frequency of diffusers. Default false. */
  endpoint?: boolean;
}

/**
 * The condition of DiT's blocks: time embedding + label embedding.
 *
 * **Shapes** noise [B], label int32 [B] (if there are classes) -> [B, width].
 *
 * @see Peebles and Xie 2022, arXiv:2212.09748, section 3.2
 * @example
 * const c = new DiTCondition({ width: 384, classes: 1000 }).forward(noise, label);
 */
export class DiTCondition extends Block<[tf.Tensor1D, tf.Tensor1D?, ForwardOptions?], tf.Tensor2D> {
  static className = 'DiptychDiTCondition';
  readonly #time: TimeEmbedding;
  readonly #label?: LabelEmbedding;

  constructor(options: DiTConditionOptions) {
    super(
      checkBlockOptions<DiTConditionOptions>('DiTCondition', options, {
        width: needed(rules.count),
        endpoint: rules.flag,
        classes: rules.count,
        nullClass: rules.oneOf(true, false, 'zero'),
        dropout: rules.share,
      }),
    );
    const { width, classes, nullClass, dropout, endpoint } = options;
    const small = normalInit(0.02);
    const embedding = { width, frequencies: 256, hidden: width, endpoint, kernelInit: small };
    this.#time = this.part('time', new TimeEmbedding(embedding));
    if (classes == null) return;
    this.#label = this.part('label', new LabelEmbedding({ classes, width, nullClass, dropout, tableInit: small }));
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: ForwardOptions = {}): tf.Tensor {
    this.invokeCallHook(inputs, kwargs);
    const { training, key } = kwargs;
    return tf.tidy(() => {
      const [noise, label] = [inputs].flat().map(onePerSample);
      // model.fit sets `training` but knows no keys: without one nothing is dropped.
      return this.forward(noise, label && tf.cast(label, 'int32'), { training: training && key != null, key });
    });
  }

  protected override compute(noise: tf.Tensor1D, label?: tf.Tensor1D, options?: ForwardOptions): tf.Tensor2D {
    const time = this.#time.forward(noise);
    if (!this.#label) return time;
    check(label, 'DiTCondition', 'label', 'given to a block with classes', label);
    return tf.add(time, this.#label.forward(label, options));
  }

  override macs([batch]: readonly number[]): Record<string, number> {
    return { time: totalMacs(this.#time, [batch]) };
  }

  override computeOutputShape(inputShape: (number | null)[] | (number | null)[][]): (number | null)[] {
    return this.#time.computeOutputShape([inputShape].flat(2).slice(0, 1));
  }
}

/** Options of `Projector`. */
export interface ProjectorOptions extends BlockOptions {
  width: number;
  /** Width inside. */
  hidden: number;
  /** Width that comes out. */
  outputs: number;
}

/**
 * Three linear layers with SiLU between: maps the tokens of a block to the feature space of another model, for alignment.
 *
 * **Shapes** [..., width] -> [..., outputs].
 *
 * @see Yu et al. 2024, arXiv:2410.06940 (REPA), section 3.3
 * @example
 * const z = new Projector({ width: 768, hidden: 2048, outputs: 768 }).forward(tokens);
 */
export class Projector extends LastAxisBlock {
  static className = 'DiptychProjector';
  readonly #fc1: Linear;
  readonly #fc2: Linear;
  readonly #fc3: Linear;

  constructor(options: ProjectorOptions) {
    super(
      checkBlockOptions<ProjectorOptions>('Projector', options, {
        width: needed(rules.count),
        hidden: needed(rules.count),
        outputs: needed(rules.count),
      }),
    );
    const { width, hidden, outputs } = options;
    this.#fc1 = this.part('fc1', new Linear({ inputs: width, outputs: hidden }));
    this.#fc2 = this.part('fc2', new Linear({ inputs: hidden, outputs: hidden }));
    this.#fc3 = this.part('fc3', new Linear({ inputs: hidden, outputs }));
  }

  protected override compute(x: tf.Tensor): tf.Tensor {
    return this.#fc3.forward(this.#fc2.activated(this.#fc1.activated(x, silu), silu));
  }

  override macs(shape: readonly number[]): Record<string, number> {
    const inside = this.#fc1.computeOutputShape([...shape]) as number[];
    return { fc1: totalMacs(this.#fc1, shape), fc2: totalMacs(this.#fc2, inside), fc3: totalMacs(this.#fc3, inside) };
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return this.#fc3.computeOutputShape(inputShape);
  }
}
