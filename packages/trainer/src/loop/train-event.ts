/** Loss and noise level of every sample of a step, in the order of the batch. */
export interface SampleValues {
  sigma: readonly number[];
  /** The draws in (0, 1) that the noise levels are quantiles of; empty where the objective does not tell them. */
  u: readonly number[];
  /** Before the weights of importance sampling. */
  loss: readonly number[];
}

/** What one training step reports: plain numbers, ready for a log. */
export interface TrainEvent {
  /** Steps done, this one included: 1 after the first. */
  step: number;
  /** Value of the objective, before the update. */
  loss: number;
  /** The objective's own scalars. */
  metrics: Readonly<Record<string, number>>;
  /** Losses per sample of the terms that have them, by the term's name; only with `samples: true`. */
  samples?: Readonly<Record<string, SampleValues>>;
  learningRate: number;
  /** Norm of the gradient before clipping. */
  gradientNorm: number;
  /** True when the loss or the gradient was not finite, so that nothing was changed. */
  skipped: boolean;
  /** Images seen since the first step of the training. */
  images: number;
  /** Of the last steps; what the consumer of the events does is not counted. */
  imagesPerSecond: number;
  /** At the pace of the last steps, the consumer's work included; absent without a number of steps. */
  secondsLeft?: number;
}
