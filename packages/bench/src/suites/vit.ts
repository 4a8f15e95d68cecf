import { adamW } from '@diptych/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { best, measure } from '../measure.ts';
import { vitDenoiser } from '../nets/vit-shape.ts';
import { vit } from '../nets/vit.ts';
import { jaxJsViT } from '../peers/jax-js.ts';
import { timed, type Result } from '../result.ts';
import type { Suite } from './suite.ts';

/** A training step (forward, backward, Adam) and a forward pass of the ViT denoiser. */
export const vitSuite: Suite = {
  name: 'vit',
  async run({ pytorch, repeat, withKernels, note }) {
    const results: Result[] = [];
    const ours = { train: await ownStep(true, true, repeat), forward: await ownStep(false, true, repeat) };
    note(`training step ${(ours.train * 1000).toFixed(0)} ms, forward ${(ours.forward * 1000).toFixed(0)} ms`);
    for (const what of ['train', 'forward'] as const) {
      const train = what === 'train';
      const stock = await ownStep(train, false, Math.min(2, repeat));
      results.push(timed(`vit-${what}/wasm-1/tfjs-wasm`, ours[what], stock));
      if (pytorch) {
        const theirs = best(await pytorch.run({ kind: 'vit', ...vitDenoiser, train, threads: 1, repeat: 2 * repeat }));
        results.push(timed(`vit-${what}/wasm-1/pytorch-1`, ours[what], theirs));
      }
    }
    const jaxJs = best(await measure(await jaxJsViT(vitDenoiser), { repeat: Math.min(repeat, 5) }));
    results.push(timed('vit-train/wasm-1/jax-js', ours.train, jaxJs));
    return results;

    function ownStep(train: boolean, kernels: boolean, repeat: number): Promise<number> {
      return withKernels(kernels, async () => {
        const { step, dispose } = train ? training() : forwarding();
        const seconds = best(await measure(step, { repeat, warmUp: kernels ? 2 : 1 }));
        dispose();
        return seconds;
      });
    }
  },
};

const data = () => {
  const shape: [number, number, number] = [vitDenoiser.batch, vitDenoiser.tokens - 1, vitDenoiser.patch];
  return [tf.randomNormal(shape, 0, 1, 'float32', 7), tf.randomNormal(shape, 0, 1, 'float32', 8)] as tf.Tensor3D[];
};

/** The step as the trainer makes it: gradients, then one optimizer update. Waits for the loss, as the trainer does. */
function training() {
  const network = vit(vitDenoiser);
  const [x, y] = data();
  const optimizer = adamW({ weightDecay: 0 }).init(network.weights);
  return {
    async step() {
      const loss = tf.tidy(() => {
        const { value, grads } = tf.variableGrads(
          () => tf.mean(tf.squaredDifference(network.forward(x), y)) as tf.Scalar,
          Object.values(network.weights),
        );
        optimizer.update(byWeight(network.weights, grads), 1e-4);
        return value;
      });
      await loss.data();
      loss.dispose();
    },
    dispose() {
      optimizer.dispose();
      network.dispose();
      tf.dispose([x, y]);
    },
  };
}

/** `variableGrads` names gradients after the variables; the optimizer wants the names of the weights. */
const byWeight = (weights: Record<string, tf.Variable>, gradients: tf.NamedTensorMap): tf.NamedTensorMap =>
  Object.fromEntries(Object.entries(weights).map(([name, variable]) => [name, gradients[variable.name]]));

function forwarding() {
  const network = vit(vitDenoiser);
  const [x, y] = data();
  return {
    async step() {
      const out = network.forward(x);
      await out.data();
      out.dispose();
    },
    dispose() {
      network.dispose();
      tf.dispose([x, y]);
    },
  };
}
