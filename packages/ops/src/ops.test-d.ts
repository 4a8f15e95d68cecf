import type { Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D, Variable } from '@tensorflow/tfjs-core';
import { expectTypeOf } from 'vitest';
import * as ops from './index.ts';

declare const vector: Tensor1D;
declare const matrix: Tensor2D;
declare const tokens: Tensor3D;
declare const images: Tensor4D;
declare const variables: Record<string, Variable>;

// What works along the last axis keeps the rank.
expectTypeOf(ops.linear(tokens, matrix)).toEqualTypeOf<Tensor3D>();
expectTypeOf(ops.layerNorm(tokens, vector, null)).toEqualTypeOf<Tensor3D>();
expectTypeOf(ops.rmsNorm(matrix, vector)).toEqualTypeOf<Tensor2D>();
expectTypeOf(ops.groupNorm(images, null, null, { groups: 1 })).toEqualTypeOf<Tensor4D>();
expectTypeOf(ops.swiGlu(tokens)).toEqualTypeOf<Tensor3D>();
for (const activation of [ops.gelu, ops.geluTanh, ops.mpSilu, ops.quickGelu, ops.silu]) {
  expectTypeOf(activation(images)).toEqualTypeOf<Tensor4D>();
}

// Tokens and images are of a rank of their own.
expectTypeOf(ops.patchify(images, 2)).toEqualTypeOf<Tensor3D>();
expectTypeOf(ops.unpatchify(tokens, 2, [8, 8, 3])).toEqualTypeOf<Tensor4D>();
// @ts-expect-error: images have four axes.
ops.patchify(tokens, 2);
// @ts-expect-error: the number of heads has no default.
ops.attention(tokens);

// What is run without a gradient, or with other values, gives what it returns.
expectTypeOf(ops.stopGradient(matrix)).toEqualTypeOf<Tensor2D>();
expectTypeOf(ops.withoutGradient(() => ({ a: matrix, b: vector }))).toEqualTypeOf<{ a: Tensor2D; b: Tensor1D }>();
expectTypeOf(ops.withValues(variables, {}, () => 1)).toEqualTypeOf<number>();

// A fused op has the type of its composed version.
expectTypeOf(ops.fused({ name: 'DiptychSwiGlu' }, { x: matrix }, {}, () => matrix)).toEqualTypeOf<Tensor2D>();
expectTypeOf(ops.fusedAll({ name: 'DiptychSwiGluGrad' }, {}, {}, () => [matrix])).toEqualTypeOf<Tensor[]>();
