import type { NameMap, NetworkBlock } from '@diptych/models';
import type * as tf from '@tensorflow/tfjs-core';

/** What an official module returns, made of taps of ours that it joins. */
export interface ComputedTap {
  taps: string[];
  value(features: Readonly<Record<string, tf.Tensor>>): tf.Tensor;
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
  /** Other outputs than `out`, as features of the network: our tap by the official name. */
  outputs?: Record<string, string>;
  /** Classifier-free guidance as the official network makes it, by the name of the output. */
  guided?: Record<string, (official: Record<string, tf.Tensor>) => tf.Tensor4D>;
}

/** Takes known keys out of an official configuration and refuses all others: a case that nobody understands fails. */
export function known<T extends Record<string, unknown>>(config: Record<string, unknown>, defaults: T): T {
  const foreign = Object.keys(config).filter((name) => !Object.hasOwn(defaults, name));
  if (foreign.length) throw new Error(`no test understands the configuration ${foreign.join(', ')}`);
  return { ...defaults, ...config } as T;
}
