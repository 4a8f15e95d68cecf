import type { Batch, NamedVariables } from '@diptych/core';
import type { NoiseLevelDraws } from '@diptych/losses';
import { check } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { GradientClip } from '../clipping/gradient-clip.ts';
import { rateAt } from '../learning-rate/learning-rate.ts';
import type { LearningRate } from '../learning-rate/learning-rate.ts';
import { stepGradients } from './step-gradients.ts';
import type { StepGradients } from './step-gradients.ts';
import type { TrainEvent } from './train-event.ts';
import type { Progress, TrainingState } from './training-state.ts';

/** What a step reports of itself. */
export type StepEvent = Omit<TrainEvent, 'imagesPerSecond' | 'secondsLeft'>;

export interface AdvanceOptions {
  learningRate: LearningRate;
  clip: GradientClip | undefined;
  draws: NoiseLevelDraws | undefined;
}

/**
 * One step on a logical batch: (state, batch) -> [progress, event]. Changes all of the state's tensors, or, when the step is
 * not finite or throws, none. Reads the loss back once, without blocking, before anything is changed.
 */
export async function advance(
  state: TrainingState,
  batches: readonly Batch[],
  { learningRate, clip, draws }: AdvanceOptions,
): Promise<[Progress, StepEvent]> {
  const { network, objective, optimizer, ema, trained: variables, progress } = state;
  const { step } = progress;
  state.checkWhole();
  const rate = rateAt(learningRate, step);
  check(Number.isFinite(rate) && rate >= 0, 'train', `learning rate of step ${step}`, 'finite and >= 0', rate);

  const restore = remember(state.running);
  let made: StepGradients | undefined;
  let finite = false;
  try {
    const { packing, takesFactor } = optimizer;
    const context = { network, key: state.stepKey, step, ema, draws };
    made = stepGradients({ objective, batches, variables, packing, takesFactor, context, clip });
    const [gradientNorm, loss, ...values] = await made.report.data().finally(() => state.checkDevice());
    finite = Number.isFinite(loss) && Number.isFinite(gradientNorm);
    if (finite) update(state, made, rate);

    const next = after(progress, batches, !finite);
    const metrics = Object.fromEntries(made.metricNames.map((name, i) => [name, values[i]]));
    const { images } = next;
    return [next, { step: next.step, loss, metrics, learningRate: rate, gradientNorm, skipped: !finite, images }];
  } finally {
    restore(!finite);
    if (made) tf.dispose([...made.gradients, made.factor ?? [], made.report]);
  }
}

/** Optimizer, averages, teacher: a state in which one of them failed is not whole. */
function update(state: TrainingState, { gradients, factor }: StepGradients, rate: number): void {
  const { network, objective, optimizer, averages, ema } = state;
  const { step } = state.progress;
  state.whole = false;
  optimizer.update(gradients, rate, factor);
  for (const average of averages.values()) average.update(step);
  tf.tidy(() => objective.afterStep?.({ network, step, ema }));
  state.whole = true;
}

function after(
  { step, batches: taken, images, skipped }: Progress,
  batches: readonly Batch[],
  skip: boolean,
): Progress {
  return {
    step: step + 1,
    batches: taken + batches.length,
    images: images + batches.reduce((sum, { shape }) => sum + shape[0], 0),
    skipped: skip ? skipped + 1 : 0,
  };
}

/**
 * Remembers variables that a forward pass may change (running statistics); the function returned puts them back if it is
 * told to, and forgets them. Nothing is copied: the old data is only held.
 */
function remember(variables: NamedVariables): (restore: boolean) => void {
  const held = Object.values(variables).map((variable) => ({ variable, value: tf.clone<tf.Tensor>(variable) }));
  return (restore) => {
    for (const { variable, value } of held) {
      if (restore) variable.assign(value);
      value.dispose();
    }
  };
}
