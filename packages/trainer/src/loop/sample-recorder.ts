import type { Objective, Terms } from '@diptych/losses';
import * as tf from '@tensorflow/tfjs-core';
import type { SampleValues } from './train-event.ts';

/** Keeps the losses per sample that an objective gives in a step, until they are read. */
export interface SampleRecorder {
  objective: Objective;
  /** Those of the last step, parts of a logical batch one after the other. */
  read(): Promise<Readonly<Record<string, SampleValues>>>;
  /** Forgets what a step left. */
  clear(): void;
}

/** An objective that trains as the given one does, and tells its losses per sample. */
export function sampleRecorder(objective: Objective): SampleRecorder {
  let parts: { name: string; sigma: readonly number[]; u?: readonly number[]; loss: tf.Tensor1D }[] = [];
  const clear = () => {
    for (const { loss } of parts) loss.dispose();
    parts = [];
  };
  const compute: Objective['compute'] = (context): Terms => {
    const terms = objective.compute(context);
    for (const [name, { loss, ...levels }] of Object.entries(terms?.samples ?? {})) {
      // The gradient scope would free it.
      parts.push({ name, ...levels, loss: tf.keep(tf.clone(loss)) });
    }
    return terms;
  };
  return {
    objective: withCompute(objective, compute),
    async read() {
      const values: Record<string, SampleValues> = {};
      for (const { name, sigma, u, loss } of parts) {
        const before = values[name] ?? { sigma: [], u: [], loss: [] };
        values[name] = {
          sigma: [...before.sigma, ...sigma],
          u: [...before.u, ...(u ?? [])],
          loss: [...before.loss, ...(await loss.data())],
        };
      }
      clear();
      return values;
    },
    clear,
  };
}

/** The same object but for one method: whatever else it has, getters included, stays. */
function withCompute(objective: Objective, compute: Objective['compute']): Objective {
  return new Proxy(objective, {
    get: (target, property) => {
      if (property === 'compute') return compute;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
