import type { Tensor3D } from '@tensorflow/tfjs-core';
import type { NetworkInput } from '@diptych/core';
import { check } from '@diptych/formats/errors';

/** What a network is given that takes tokens of another model beside images, such as those of a text encoder. */
export interface ContextInput extends NetworkInput {
  /** Tokens of another model, [B, length, width]. A condition that is one vector is a context of one token. */
  context?: Tensor3D;
}

/** How many tokens a context has, and how wide they are. */
export interface ContextShape {
  length: number;
  width: number;
}

/** The context of a network that is configured for one. */
export function contextOf(where: string, { x, context }: ContextInput, { length, width }: ContextShape): Tensor3D {
  const shape = [x.shape[0], length, width];
  const fits = context?.rank === 3 && context.dtype === 'float32' && shape.every((n, i) => context.shape[i] === n);
  check(context && fits, where, 'context', `float32 tokens [${shape.join(', ')}]`, context);
  return context;
}
