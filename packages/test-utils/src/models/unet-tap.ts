import type { NameMap } from '@diptych/models';
import { namesOf } from '@diptych/models/state';
import { silu, sinusoidalEmbedding } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import type { ComputedTap } from './official-network.ts';

/** Maps what a tap of ours holds. */
export const tapped = (name: string, value: (x: tf.Tensor) => tf.Tensor): ComputedTap => ({
  taps: [name],
  value: (features) => value(features[name]),
});

/** What the network itself returned. */
export const rawOutput: ComputedTap = { taps: [], value: (_, { raw }) => raw };

/** What the network was given, by name. */
export const givenTo = (name: string): ComputedTap => ({ taps: [], value: (_, { input }) => input[name] });

/** The sinusoid of the noise label, which is no part of our networks. */
export const sinusoidOf = (
  width: number,
  options: { endpoint: boolean; sinFirst: boolean; logarithm?: boolean },
): ComputedTap => ({
  taps: [],
  value: (_, { input }) => sinusoidalEmbedding(input.noise as tf.Tensor1D, width, options),
});

/** After its activation. */
export const activated = (name: string): ComputedTap => tapped(name, silu);

/**
 * Our part that holds the weights of an official module: the longest path that all of them share. Undefined if the module has none, or parts
 * of ours that share nothing.
 */
export function partOf(module: string, { weights }: NameMap): string | undefined {
  const paths = Object.entries(weights).flatMap(([ours, weight]) =>
    namesOf(weight).some((name) => name.startsWith(`${module}.`)) ? [ours.split('.').slice(0, -1)] : [],
  );
  if (paths.length === 0) return undefined;
  const shared = paths.reduce((a, b) => {
    const end = a.findIndex((part, i) => part !== b[i]);
    return end < 0 ? a : a.slice(0, end);
  });
  return shared.length ? shared.join('.') : undefined;
}

/** Queries, keys and values, [B, N, 3 C] as [q | k | v] head by head, in another order of rows. */
export function reorderedQkv(x: tf.Tensor, heads: number, order: readonly ('heads' | 'three' | 'd')[]): tf.Tensor {
  const [batch, tokens, columns] = x.shape;
  const apart = tf.reshape(x, [batch, tokens!, 3, heads, columns! / 3 / heads]);
  const axes = order.map((part) => 2 + ['three', 'heads', 'd'].indexOf(part));
  return tf.reshape(tf.transpose(apart, [0, 1, ...axes]), x.shape);
}

/** Tokens [B, N, C] as a map of that height and width. */
export const asMap = (x: tf.Tensor, [height, width]: readonly [number, number]): tf.Tensor =>
  tf.reshape(x, [x.shape[0], height, width, x.shape[2]!]);
