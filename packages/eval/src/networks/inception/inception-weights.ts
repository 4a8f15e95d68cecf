import type { PublishedWeights } from '../weights/read-weights.ts';
import type { WeightShapes } from '../weights/match-weights.ts';
import { inceptionLayers } from './inception-layers.ts';

/**
 * The weights that FID means: TensorFlow's Inception of 2015-12-05 as pytorch-fid published it for PyTorch.
 *
 * @see mseitzer/pytorch-fid, release fid_weights; the name of the file carries the first digits of its SHA-256
 */
export const inceptionCheckpoint: PublishedWeights = {
  file: 'pt_inception-2015-12-05-6726825d.pth',
  urls: [
    'https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/pt_inception-2015-12-05-6726825d.pth',
    'https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth',
  ],
  sha256: '6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2',
  megabytes: 95.6,
};

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
