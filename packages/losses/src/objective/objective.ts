import type { Batch, Key, NamedVariables, Network, Diffusion } from '@diptych/core';
import type { NamedTensorMap, Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';

/** A `Batch` on the backend: float32 images in [-1, 1]. */
export interface TensorBatch {
  x: Tensor4D;
  /** int32 [B]. */
  label?: Tensor1D;
  /** [B, A], A = 9 for the CIFAR-10 set of EDM. */
  augmentation?: Tensor2D;
  /** Further views of the same images, in the same order. */
  views: readonly TensorBatch[];
}

/** The student's forward pass over noised images of a batch: made once a step for each process, shared by all terms. */
export interface StudentPass {
  /** Noise level of each sample. */
  sigma: readonly number[];
  /** The draws in (0, 1) that the noise levels are quantiles of. */
  u?: readonly number[];
  /** Weight of each sample's loss, where the draws prefer some noise levels. */
  importance?: readonly number[];
  /** x = x0 + sigma n, [B, H, W, C]. */
  noisy: Tensor4D;
  /** D(x; sigma), [B, H, W, C]. */
  denoised: Tensor4D;
  /** The raw prediction F of the network. */
  output: Tensor4D;
  /** What the objectives' `taps` asked for. */
  features: Readonly<Record<string, Tensor>>;
}

/** One training step, as an objective sees it. */
export interface StepContext {
  network: Network;
  batch: TensorBatch;
  /** Randomness of this step; split it before use. */
  key: Key;
  /** 0-based. */
  step: number;
  /** False when a loss is only measured: no dropout, heads use their running statistics and leave them alone. */
  training: boolean;
  /** Position of the batch's first sample in a larger logical batch: sample i draws from the key folded with first + i. */
  first: number;
  /** The sampling EMA of the network's weights, by the names of `network.variables()`, if the trainer keeps one. */
  ema?: NamedTensorMap;
  /** The shared student pass for this process (by identity), with every tap that any objective wants. */
  pass(diffusion: Diffusion): StudentPass;
}

/** The loss of every sample of a batch beside its noise level, for loss-against-noise plots and importance sampling. */
export interface SampleLosses {
  sigma: readonly number[];
  /** The draws in (0, 1) behind the noise levels. */
  u?: readonly number[];
  /** [B], before the weights of importance sampling; without those its mean is the term's loss. */
  loss: Tensor1D;
}

/** Value of an objective: the scalar to descend, and scalars to log. All made inside the trainer's tidy. */
export interface Terms {
  loss: Scalar;
  /** Scalars to log, under names that start with the objective's own: `<name>/loss`, `<name>/accuracy`. */
  metrics: Readonly<Record<string, Scalar>>;
  /** Losses per sample of the terms that have them, by the name of the objective. */
  samples?: Readonly<Record<string, SampleLosses>>;
}

/** What an objective is told once, before the first step. */
export interface ObjectiveSetup {
  network: Network;
  /** One batch of the shapes that training will use. */
  batch: Batch;
  key: Key;
}

/**
 * What training descends: (network, batch, key) -> scalar loss and named metrics. Composable with `weightedSum`; every
 * objective of a sum shares the student's forward pass through `taps`.
 */
export interface Objective {
  /**
   * Unique within a sum. The objective itself begins the names of its metrics with `<name>/` and those of its variables
   * with `<name>.`; whoever logs or saves them takes the names as they are.
   */
  readonly name: string;
  /** Features that `context.pass(diffusion).features` must hold. */
  readonly taps?: readonly string[];
  /** Builds heads and teacher. Called once by the trainer (or by you) before anything else. */
  setup?(setup: ObjectiveSetup): void;
  /** Weights of its own that training changes (projection heads). */
  trainableVariables?(): NamedVariables;
  /** Everything of its own that a checkpoint must hold, the trainable ones included (teacher, running statistics). */
  variables?(): NamedVariables;
  /**
   * Called inside the gradient scope. Its result is a pure function of the weights (its own and the network's), the
   * batch, the key and the step, so that training resumes bit for bit.
   *
   * **Memory** Runs inside a tidy that the caller owns; may assign to its own variables (running statistics), only while
   * `context.training`.
   */
  compute(context: StepContext): Terms;
  /** Called once after the optimizer's update and the EMA's: moves the teacher. Its tensors are its own to free. */
  afterStep?(context: Pick<StepContext, 'network' | 'step' | 'ema'>): void;
  /** Frees its variables. */
  dispose?(): void;
}
