import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { key } from '@diptych/core';
import type { Network } from '@diptych/core';
import type { NetworkInput } from '@diptych/core/contracts';
import { randomBatch } from '@diptych/test-utils/losses';
import { autoencoding } from '@diptych/test-utils/trainer';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { adamW } from '../optimizers/adam-w.ts';
import { train } from './train.ts';

beforeAll(() => tf.setBackend('cpu'));

/** One matrix; it remembers nothing, so that all growth is that of the training. */
function tinyNetwork(): Network {
  const weights = tf.variable(tf.eye(2));
  return {
    tapNames: () => [],
    variables: () => ({ weights }),
    trainableVariables: () => ({ weights }),
    forward: ({ x }: NetworkInput) => ({
      output: tf.reshape(tf.matMul(tf.reshape(x, [-1, 2]), weights), x.shape),
      features: {},
    }),
  } as unknown as Network;
}

describe('train()', () => {
  it(
    'goes 10,000 steps without a tensor, a buffer of the backend or a heap that grows',
    { timeout: 120_000 },
    async () => {
      setFlagsFromString('--expose-gc');
      const collect = runInNewContext('gc') as () => void;
      const batch = randomBatch({ shape: [2, 3, 3, 2], seed: 1 });
      async function* data() {
        for (;;) yield batch;
      }
      const run = train({
        network: tinyNetwork(),
        objective: autoencoding,
        data: data(),
        optimizer: adamW(),
        learningRate: () => 1e-4,
        ema: 0.999,
        clip: 1,
        samples: true,
        key: key(0),
        steps: 10_000,
      });
      const seen: { tensors: number; buffers: number; bytes: number; heap: number }[] = [];
      for await (const { step } of run) {
        if (step % 2000 !== 0) continue;
        await run.checkpoint();
        collect();
        const { numTensors: tensors, numDataBuffers: buffers, numBytes: bytes } = tf.memory();
        seen.push({ tensors, buffers, bytes, heap: process.memoryUsage().heapUsed });
      }
      run.dispose();
      expect(seen).toHaveLength(5);
      for (const { tensors, buffers, bytes } of seen) {
        expect([tensors, buffers, bytes]).toEqual([seen[0].tensors, seen[0].buffers, seen[0].bytes]);
      }
      // 8,000 steps that kept 100 bytes each would add 0.8 MB.
      expect(seen[4].heap - seen[0].heap).toBeLessThan(0.4e6);
    },
  );
});
