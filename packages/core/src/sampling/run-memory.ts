import * as tf from '@tensorflow/tfjs-core';

/** One sampling, from its first call of the denoiser to its end: what rules and denoisers remember of it. */
export class SamplingRun {
  readonly #memories = new Map<object, tf.Tensor>();

  /** Calls a denoiser as a part of this sampling. */
  within<T>(call: () => T): T {
    const before = current;
    current = this.#memories;
    try {
      return call();
    } finally {
      current = before;
    }
  }

  /** Frees what was remembered. */
  end(): void {
    tf.dispose([...this.#memories.values()]);
    this.#memories.clear();
  }
}

/** Those of the sampling whose denoiser is being called; calls are synchronous, so there is one. */
let current: Map<object, tf.Tensor> | undefined;

/** A tensor that is remembered from call to call of a denoiser. */
export interface RunMemory {
  /** What was remembered in this sampling, if it has that shape. */
  recall(shape: readonly number[]): tf.Tensor | undefined;
  /** Takes the place of what was remembered; a clone is kept. */
  remember(tensor: tf.Tensor): void;
  /** Forgets what was remembered outside of samplings, where nobody says when one ends. */
  dispose(): void;
}

/** Memory of one tensor for each sampling: a new one remembers nothing, two at once do not mix, and the end of one frees it. */
export function runMemory(): RunMemory {
  const outside = new Map<object, tf.Tensor>();
  const key = {};
  const forget = (memories: Map<object, tf.Tensor>) => {
    memories.get(key)?.dispose();
    memories.delete(key);
  };
  return {
    recall(shape) {
      const found = (current ?? outside).get(key);
      return found && `${found.shape}` === `${shape}` ? found : undefined;
    },
    remember(tensor) {
      const memories = current ?? outside;
      forget(memories);
      memories.set(key, tf.keep(tf.clone(tensor)));
    },
    dispose() {
      forget(outside);
      if (current) forget(current);
    },
  };
}
