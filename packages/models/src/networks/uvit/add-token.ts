import { add, pad, type Tensor3D } from '@tensorflow/tfjs-core';

/** x with `token` added at one position of the sequence. */
export function addToken(x: Tensor3D, token: Tensor3D, position: number): Tensor3D {
  const around: [number, number] = [position, x.shape[1] - position - 1];
  return add(x, pad(token, [[0, 0], around, [0, 0]]));
}
