import type { Batch, NamedVariables, Network } from '@diptych/core';
import * as tf from '@tensorflow/tfjs-core';
import type { PeerJob } from '../peers/pytorch.ts';

/** A network as every engine trains it: to a fixed target, on one batch, on the mean squared error. */
export interface Net {
  readonly network: Network;
  readonly batch: Batch;
  readonly target: tf.Tensor4D;
  /** The network at fixed noise levels and labels. */
  predict(x: tf.Tensor4D): tf.Tensor4D;
  dispose(): void;
}

/** What is measured. */
export interface NetSpecification {
  /** Begins the names of its results. */
  readonly name: string;
  /** For the reader of the results. */
  readonly note: string;
  /** Floating-point operations of the products of a forward pass over the batch. */
  readonly flop: number;
  /** The same network in python/networks.py. */
  readonly peer: PeerJob;
  /** On the current backend. */
  build(): Net;
}

export type Shape4 = readonly [number, number, number, number];

/** Normal numbers from tfjs's own generator, the same on every backend. */
export const noise = (shape: readonly number[], seed: number, std = 1) =>
  tf.randomNormal([...shape], 0, std, 'float32', seed);

/** A batch for the trainer and a target. */
export function exercise(shape: Shape4, targetShape: Shape4 = shape): Pick<Net, 'batch' | 'target'> {
  const length = shape.reduce((product, size) => product * size, 1);
  const x = Float32Array.from({ length }, (_, i) => Math.sqrt(2) * Math.sin(1 + i * 12.9898));
  return { batch: { x, shape }, target: noise(targetShape, 8) as tf.Tensor4D };
}

/** A network of `@diptych/models`, with what it is given beside the images. */
export function netOf(
  network: Network,
  conditions: { noise: tf.Tensor1D; label?: tf.Tensor1D },
  shape: Shape4,
  targetShape?: Shape4,
): Net {
  const { batch, target } = exercise(shape, targetShape);
  return {
    network,
    batch,
    target,
    predict: (x) => network.forward({ x, ...conditions }).output,
    dispose: () => tf.dispose([Object.values({ ...network.variables() }), ...Object.values(conditions), target]),
  };
}

/** Weights and a function as a `Network`. */
export function networkOf(variables: NamedVariables, forward: (x: tf.Tensor4D) => tf.Tensor4D): Network {
  return {
    forward: ({ x }) => ({ output: forward(x), features: {} }),
    variables: () => variables,
    trainableVariables: () => variables,
    tapNames: () => [],
  };
}

export const parametersOf = ({ network }: Net) =>
  Object.values(network.trainableVariables()).reduce((sum, { size }) => sum + size, 0);
