import { edm, key } from '@diptych/core';
import { batches, digitSplits } from '@diptych/data';
import { UViT } from '@diptych/models';
import { pickBackend } from '@diptych/ops';
import { adamW, train } from '@diptych/trainer';
import type { StepContext } from '@diptych/losses';
import * as tf from '@tensorflow/tfjs-core';

await pickBackend();
const process = edm();

/** Mean absolute error of the denoised image. */
function absolute({ batch, pass }: StepContext): tf.Scalar {
  const { denoised } = pass(process); // the student's forward pass, noise drawn from the step's key
  return tf.mean(tf.abs(tf.sub(denoised, batch.x))) as tf.Scalar;
}

const run = train({
  network: new UViT({ image: [8, 8, 1], patch: 2, width: 32, depth: 2, heads: 2 }),
  objective: absolute,
  data: batches(digitSplits().train, { batchSize: 16, key: key(1) }),
  optimizer: adamW(),
  key: key(0),
  steps: 3,
});
for await (const { step, loss } of run) console.log(step, loss);
