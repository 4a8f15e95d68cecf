import * as tf from '@tensorflow/tfjs-core';

/** The native backend of tfjs, in this process. */
export interface TfjsNode {
  /** Threads that libtensorflow may take. */
  readonly threads: number;
  /** Runs `step` on it, and goes back to the backend before. */
  run<T>(step: () => Promise<T>): Promise<T>;
}

const optional: string = '@tensorflow/tfjs-node';

/** tfjs-node if it is installed, for the same tfjs-core as ours; otherwise undefined. It is no dependency: it downloads libtensorflow. */
export async function startTfjsNode(
  threads: number,
  load: () => Promise<unknown> = () => import(optional),
): Promise<TfjsNode | undefined> {
  const before = tf.getBackend();
  try {
    await load();
  } catch {
    return undefined;
  } finally {
    // Loading it makes it the backend.
    if (tf.getBackend() !== before) await tf.setBackend(before);
  }
  if (!tf.findBackend('tensorflow')) return undefined;
  return {
    threads,
    async run(step) {
      await tf.setBackend('tensorflow');
      try {
        return await step();
      } finally {
        await tf.setBackend(before);
      }
    },
  };
}
