import type { WeightShapes } from '../weights/match-weights.ts';
import { inceptionLayers } from './inception-layers.ts';

/** Names and shapes (PyTorch's layout) of the 472 tensors of the weight file. */
export const inceptionShapes: WeightShapes = {
  ...Object.fromEntries(
    Object.entries(inceptionLayers).flatMap(([name, { in: input, out, kernel }]) => [
      [`${name}.conv.weight`, [out, input, ...kernel]],
      ...['weight', 'bias', 'running_mean', 'running_var'].map((part) => [`${name}.bn.${part}`, [out]]),
    ]),
  ),
  'fc.weight': [1008, 2048],
  'fc.bias': [1008],
};
