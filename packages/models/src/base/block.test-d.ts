import type * as tf from '@tensorflow/tfjs-core';
import { expectTypeOf } from 'vitest';
import type { Attention } from '../blocks/attention/attention.ts';
import type { Linear } from '../blocks/mlp/linear.ts';
import type { DiTBlock } from '../networks/dit/dit-block.ts';
import type { Defaults, Given } from './check-options.ts';

declare const [linear, attention, block]: [Linear, Attention, DiTBlock];
declare const [images, tokens, vectors]: [tf.Tensor4D, tf.Tensor3D, tf.Tensor2D];

// A block over the last axis returns the rank that it is given; others say what they take and return.
expectTypeOf(linear.forward(images)).toEqualTypeOf<tf.Tensor4D>();
expectTypeOf(linear.forward(tokens)).toEqualTypeOf<tf.Tensor3D>();
expectTypeOf(attention.forward(tokens)).toEqualTypeOf<tf.Tensor3D>();
expectTypeOf(block.forward(tokens, vectors)).toEqualTypeOf<tf.Tensor3D>();
// @ts-expect-error -- images are no tokens
attention.forward(images);

interface Options {
  width: number;
  depth?: number;
  norm?: 'layer' | 'rms';
}

// Every option has an entry; those with a default are there afterwards.
const _defaults = { width: undefined, depth: 2, norm: undefined } as const satisfies Defaults<Options>;
expectTypeOf<Given<Options, typeof _defaults>['depth']>().toEqualTypeOf<number>();
expectTypeOf<Given<Options, typeof _defaults>['norm']>().toEqualTypeOf<'layer' | 'rms' | undefined>();
// @ts-expect-error -- norm is forgotten
export const forgotten = { width: undefined, depth: 2 } satisfies Defaults<Options>;
