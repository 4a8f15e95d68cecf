import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
// Registers the gradients.
import '@tensorflow/tfjs-layers';
import { beforeEach, describe } from 'vitest';

/** Backends that every machine has. */
export type TestBackend = 'cpu' | 'wasm';

/** Runs a suite once per backend, with this backend current in each of its tests. */
export function onEachBackend(
  title: string,
  suite: (backend: TestBackend) => void,
  backends: readonly TestBackend[] = ['cpu', 'wasm'],
): void {
  describe.each(backends)(`${title} [%s]`, (backend) => {
    beforeEach(async () => {
      await tf.setBackend(backend);
      await tf.ready();
    });
    suite(backend);
  });
}
