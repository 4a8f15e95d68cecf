import type { Batch } from '@diptych/core';
import type { NoiseLevelDraws } from '@diptych/losses';
import { check } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { GradientClip } from '../clipping/gradient-clip.ts';
import { rateAt } from '../learning-rate/learning-rate.ts';
import type { LearningRate } from '../learning-rate/learning-rate.ts';
import { runningValues } from './running-values.ts';
import { stepGradients } from './step-gradients.ts';
import type { StepGradients } from './step-gradients.ts';
import type { TrainEvent } from './train-event.ts';
import type { TrainingState } from './training-state.ts';

/** What a step reports of itself. */
export type StepEvent = Omit<TrainEvent, 'imagesPerSecond' | 'secondsLeft'>;

export interface TrainingStepOptions {
  learningRate: LearningRate;
  clip: GradientClip | undefined;
  draws: NoiseLevelDraws | undefined;
}

/**
 * Makes one step on a logical batch: all of it, or, when it is not finite or throws, nothing but that the data moves on.
 * Reads the loss back once, without blocking, before anything is changed.
 */
export async function trainingStep(
  training: TrainingState,
  batches: readonly Batch[],
  { learningRate, clip, draws }: TrainingStepOptions,
): Promise<StepEvent> {
  const { network, objective, optimizer, averages, ema, progress, trainable: variables } = training;
  const { step } = progress;
  training.checkWhole();
  const rate = rateAt(learningRate, step);
  check(Number.isFinite(rate) && rate >= 0, 'train', `learning rate of step ${step}`, 'finite and >= 0', rate);
  const running = runningValues(training.running);
  let made: StepGradients | undefined;
  let finite = false;
  try {
    const { packing, takesFactor } = optimizer;
    const context = { network, key: training.stepKey, step, ema, draws };
    made = stepGradients({ objective, batches, variables, packing, takesFactor, context, clip });
    const [gradientNorm, loss, ...values] = await made.report.data().finally(() => training.checkDevice());
    const metrics = Object.fromEntries(made.metricNames.map((name, i) => [name, values[i]]));
    finite = Number.isFinite(loss) && Number.isFinite(gradientNorm);
    if (finite) {
      training.whole = false;
      optimizer.update(made.gradients, rate, made.factor);
      for (const average of averages.values()) average.update(step);
      tf.tidy(() => objective.afterStep?.({ network, step, ema }));
      training.whole = true;
    }
    progress.step++;
    progress.batches += batches.length;
    progress.images += batches.reduce((sum, { shape }) => sum + shape[0], 0);
    const { images } = progress;
    return { step: progress.step, loss, metrics, learningRate: rate, gradientNorm, skipped: !finite, images };
  } finally {
    if (!finite) running.restore();
    running.dispose();
    if (made) tf.dispose([...made.gradients, made.factor ?? [], made.report]);
  }
}
