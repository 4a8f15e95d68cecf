import { key, type Batch } from '@diptych/core';
import type { StepContext } from '@diptych/losses';
import { adamW, train } from '@diptych/trainer';
import type { Optimizer, TrainRun } from '@diptych/trainer';
import * as tf from '@tensorflow/tfjs-core';
import type { Net } from './net.ts';

/** Where a training step is. */
export type Phase = 'forward' | 'backward' | 'update';

/** Steps of `train` of `@diptych/trainer`, one at a time. */
export interface Stepper {
  step(): Promise<void>;
  dispose(): void;
}

/** The trainer's own loop over a net: the loss is the mean squared error to its target, the optimizer Adam. */
export function training(net: Net, enter: (phase: Phase) => void = () => {}): Stepper {
  const optimizer = adamW({ weightDecay: 0 });
  const objective = ({ batch }: StepContext) => {
    enter('forward');
    const loss = tf.mean(tf.squaredDifference(net.predict(batch.x), net.target)) as tf.Scalar;
    enter('backward');
    return loss;
  };
  const watched: Optimizer = { ...optimizer, init: (variables) => watch(optimizer.init(variables), enter) };
  const options = { learningRate: 1e-4, key: key(0) };
  return stepper(train({ network: net.network, objective, data: endless(net.batch), optimizer: watched, ...options }));
}

/** Takes the events of a training one by one; fails when a step was left out. */
export function stepper(run: TrainRun): Stepper {
  const events = run[Symbol.asyncIterator]();
  return {
    async step() {
      const { value, done } = await events.next();
      if (done || value.skipped) throw new Error('The training ended, or its loss is not finite.');
    },
    dispose() {
      void events.return?.();
      run.dispose();
    },
  };
}

export function* endless(batch: Batch): Generator<Batch, void, undefined> {
  for (;;) yield batch;
}

function watch<T extends { update(...args: never[]): void }>(state: T, enter: (phase: Phase) => void): T {
  const update = state.update.bind(state) as T['update'];
  state.update = ((...args: never[]) => {
    enter('update');
    update(...args);
  }) as T['update'];
  return state;
}

/** Forward passes that wait for the values of the prediction. */
export function forwarding(net: Net): Stepper {
  const { x: values, shape } = net.batch;
  const x = tf.tensor4d(values as Float32Array, [...shape]);
  return {
    async step() {
      const out = tf.tidy(() => net.predict(x));
      await out.data();
      out.dispose();
    },
    dispose: () => x.dispose(),
  };
}
