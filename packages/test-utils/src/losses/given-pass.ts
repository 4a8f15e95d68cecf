import { preconditioned, type Network, type Diffusion, key } from '@diptych/core';
import type { Objective, StepContext, Terms } from '@diptych/losses';
import * as tf from '@tensorflow/tfjs-core';

export interface GivenPass {
  images: tf.Tensor4D;
  noise: tf.Tensor4D;
  sigma: readonly number[];
  /** What the network returns. */
  output?: tf.Tensor4D;
  /** What comes out of the preconditioning, in place of `output`. */
  denoised?: tf.Tensor4D;
}

export interface GivenTerms extends Terms {
  /** What the network was given. */
  networkInput: tf.Tensor4D;
  /** x0 + sigma n. */
  noisy: tf.Tensor4D;
}

/** Evaluates an objective where noise, noise levels and the network's answer are golden numbers. Call it inside a tidy. */
export function evaluateGiven(objective: Objective, diffusion: Diffusion, given: GivenPass): GivenTerms {
  const { images, noise, sigma } = given;
  const levels = tf.tensor4d(Float32Array.from(sigma), [sigma.length, 1, 1, 1]);
  const noisy = tf.add(images, tf.mul(levels, noise)) as tf.Tensor4D;
  let networkInput: tf.Tensor4D | undefined;
  const network: Network = {
    forward({ x }) {
      networkInput = tf.keep(tf.clone(x));
      return { output: given.output ?? tf.zerosLike(images), features: {} };
    },
    variables: () => ({}),
    trainableVariables: () => ({}),
    tapNames: () => [],
  };
  const made = preconditioned(network, diffusion, noisy, sigma);
  const context: StepContext = {
    network,
    batch: { x: images, views: [] },
    key: key(0),
    step: 0,
    training: true,
    first: 0,
    pass: () => ({ sigma, noisy, ...made, denoised: given.denoised ?? made.denoised }),
  };
  const terms = objective.compute(context);
  const input = tf.clone(networkInput!);
  networkInput!.dispose();
  return { ...terms, networkInput: input, noisy };
}
