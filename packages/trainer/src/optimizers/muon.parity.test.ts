import type { FixtureCase, NumberArray } from '@diptych/test-utils/fixtures';
import { onEachBackend } from '@diptych/test-utils/ops';
import { expectClose, parityCases } from '@diptych/test-utils/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { it } from 'vitest';
import { muon } from './muon.ts';
import { adamScale, spectralScale } from './rules/muon-rule.ts';

const scales: Record<string, typeof adamScale> = { original: spectralScale, match_rms_adamw: adamScale };

/** The configuration of a case as options of ours; an unknown one fails. */
function optionsOf({
  optimizer,
  lr,
  momentum,
  nesterov,
  weightDecay,
  newtonSchulzSteps,
  scale,
  ...others
}: FixtureCase['config']) {
  const unknown = Object.keys(others);
  if (optimizer !== 'muon' || !(scale in scales) || unknown.length > 0) {
    throw new Error(`unknown configuration: ${optimizer}, ${scale}, ${unknown.join(', ')}`);
  }
  return { learningRate: lr, momentum, nesterov, weightDecay, iterations: newtonSchulzSteps, scale: scales[scale] };
}

/** PyTorch's [outputs, ...rest] as ours, [rest, outputs]. */
function ours(data: readonly number[], [outputs, ...rest]: readonly number[]): tf.Tensor2D {
  const inputs = rest.reduce((product, size) => product * size, 1);
  return tf.tidy(() => tf.transpose(tf.tensor2d([...data], [outputs, inputs])) as tf.Tensor2D);
}

async function follow({ config, inputs, expected }: FixtureCase): Promise<void> {
  const { start, gradients } = inputs as Record<string, NumberArray>;
  const size = start.data.length;
  const { learningRate, ...options } = optionsOf(config);
  const optimizer = muon({ ...options, match: /^w$/ });
  const w = tf.variable(ours(start.data, start.shape));
  const state = optimizer.init({ w });
  const compare = async (found: tf.Tensor, data: readonly number[], atol: number) => {
    const wanted = ours(data, start.shape);
    expectClose(await found.data(), await wanted.data(), { rtol: 1e-6, atol });
    wanted.dispose();
  };
  for (let i = 0; i < gradients.shape[0]; i++) {
    tf.tidy(() => state.update({ w: ours(gradients.data.slice(i * size, (i + 1) * size), start.shape) }, learningRate));
    const after = (expected.parameters as NumberArray).data.slice((i + 1) * size, (i + 2) * size);
    await compare(w, after, 2e-3 * learningRate);
  }
  const tensors = state.tensors();
  await compare(tensors['momentum.w'], (expected.state.momentum as NumberArray).data, 1e-7);
  tf.dispose([tensors, w]);
  state.dispose();
}

onEachBackend('muon parity with its formula in float64', () => {
  for (const of of parityCases('muon')) it(`parity: ${of.name}`, () => follow(of));
});
