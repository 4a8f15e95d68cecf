import type { NameMap, NetworkBlock } from '@diptych/models';
import type * as tf from '@tensorflow/tfjs-core';

/** What our network was given and what it returned, for what is computed of these. */
export interface Pass {
  input: Readonly<Record<string, tf.Tensor>>;
  /** The network's own output, before any preconditioning. */
  raw: tf.Tensor4D;
}

/** What an official module returns, made of taps of ours that it joins. */
export interface ComputedTap {
  taps: string[];
  value(features: Readonly<Record<string, tf.Tensor>>, pass: Pass): tf.Tensor;
}

/** How one official network is made of ours: what a parity test needs to know of an architecture. */
export interface OfficialNetwork {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each network has an input type of its own
  network: NetworkBlock<any>;
  names: NameMap;
  /** Our inputs by the official ones, which are NHWC tensors by now. */
  input(official: Record<string, tf.Tensor>): Record<string, tf.Tensor>;
  /**
   * Our tap for an official module path, or several and what the module makes of them; undefined if it returns the output of
   * the network.
   */
  tap(module: string): string | ComputedTap | undefined;
  /** The official output of that of our network: a preconditioning. Default the same. */
  result?(raw: tf.Tensor4D, official: Record<string, tf.Tensor>): tf.Tensor4D;
  /** Other outputs than `out`, as features of the network: our tap by the official name. */
  outputs?: Record<string, string | ComputedTap>;
  /** Whether the official network was in training mode. Default false. */
  training?: boolean;
  /** Weights of ours that are buffers there, and so not counted as parameters. */
  buffers?: RegExp;
  /** Multiply-adds of one image that the official count has beside those of ours. */
  uncounted?: number;
  /** Outputs that take a pass of their own, such as classifier-free guidance, by their names. */
  guided?: Record<string, (official: Record<string, tf.Tensor>) => tf.Tensor4D>;
}

/** Takes known keys out of an official configuration and refuses all others: a case that nobody understands fails. */
export function known<T extends Record<string, unknown>>(config: Record<string, unknown>, defaults: T): T {
  const foreign = Object.keys(config).filter((name) => !Object.hasOwn(defaults, name));
  if (foreign.length) throw new Error(`no test understands the configuration ${foreign.join(', ')}`);
  return { ...defaults, ...config } as T;
}
