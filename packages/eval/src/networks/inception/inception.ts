import { checkIn, checkNotEmpty, checkOptions, checkRule, checkShape, fail, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { evalRules } from '../../features/eval-rules.ts';
import { matchWeights } from '../weights/match-weights.ts';
import type { NetworkWeights } from '../weights/read-weights.ts';
import { foldBatchNorm } from './fold-batch-norm.ts';
import { inceptionBlocks } from './inception-graph.ts';
import { inceptionLayers } from './inception-layers.ts';
import { inceptionShapes } from './inception-weights.ts';

/** What the network can give: means over the picture at four depths, class scores with and without bias, spatial features. */
export type InceptionOutput = '64' | '192' | '768' | '2048' | 'logits' | 'unbiasedLogits' | 'spatial';

/** Numbers per image of each output. */
export const inceptionDims: Readonly<Record<InceptionOutput, number>> = {
  '64': 64,
  '192': 192,
  '768': 768,
  '2048': 2048,
  logits: 1008,
  unbiasedLogits: 1008,
  spatial: 2023,
};

/** How the network is put together. */
export interface InceptionOptions {
  /** Whether batch norms become part of the convolutions: the same numbers to rounding, less work. Default true. */
  foldBatchNorm?: boolean;
}

/** FID's Inception with its weights. */
export interface Inception {
  /** SHA-256 of the weight file. */
  readonly sha256: string;
  /**
   * A forward pass; it goes only as deep as the outputs ask for.
   *
   * **Shapes** input [B, 299, 299, 3]; each result [B, dims]. **Memory** the caller owns the results.
   *
   * @param onBlock is shown the output of every block on the way, which it must not keep
   */
  run<O extends InceptionOutput>(
    input: tf.Tensor4D,
    outputs: readonly O[],
    onBlock?: (name: string, output: tf.Tensor4D) => void,
  ): Record<O, tf.Tensor2D>;
  /** Frees the weights. */
  dispose(): void;
}

/** After which block each output is taken. */
const depths: Record<InceptionOutput, string> = {
  '64': 'maxpool1',
  '192': 'maxpool2',
  spatial: 'Mixed_6d',
  '768': 'Mixed_6e',
  '2048': 'Mixed_7c',
  logits: 'Mixed_7c',
  unbiasedLogits: 'Mixed_7c',
};

/**
 * The Inception network that FID is defined by: TensorFlow's of 2015-12-05, with the weights that pytorch-fid published. Its
 * input is prepared by a protocol (`inceptionFeatures` does both).
 *
 * `spatial` are the first 7 channels of block Mixed_6d, 17x17x7 = 2,023 numbers: the features of sFID.
 *
 * **Shapes** input [B, 299, 299, 3]; each output [B, its dims]. **Memory** 96 MB of weights until `dispose`.
 *
 * @throws DiptychError if a tensor is missing, unexpected, of another shape or not finite (the message lists all of them)
 * @see Heusel et al. 2017, GANs trained by a two time-scale update rule, section 3, arXiv:1706.08500; mseitzer/pytorch-fid
 * @example
 * const network = inception(await readWeights(bytes, { sha256: inceptionCheckpoint.sha256 }));
 */
export function inception(weights: NetworkWeights, options: InceptionOptions = {}): Inception {
  const { foldBatchNorm: fold = true } = checkOptions('inception', options, { foldBatchNorm: rules.flag });
  checkRule('inception', 'weights', evalRules.weights, weights);
  const numbers = matchWeights(weights.tensors, inceptionShapes, 'inception');
  const owned: tf.Tensor[] = [];
  const own = <T extends tf.Tensor>(tensor: T): T => {
    owned.push(tf.keep(tensor));
    return tensor;
  };
  const layers = Object.fromEntries(
    Object.entries(inceptionLayers).map(([name, spec]) => {
      const { kernel, scale, shift } = foldBatchNorm(numbers, name, spec, fold);
      const filter = own(tf.tensor4d(kernel, [...spec.kernel, spec.in, spec.out]));
      return [name, { spec, filter, scale: scale && own(tf.tensor1d(scale)), shift: own(tf.tensor1d(shift)) }];
    }),
  );
  const head = own(tf.tensor2d(numbers['fc.weight'], [1008, 2048]));
  const bias = own(tf.tensor1d(numbers['fc.bias']));

  const blocks = inceptionBlocks((name, x) => {
    const { spec, filter, scale, shift } = layers[name];
    const { stride: strides, padding: pad } = spec;
    // The rectifier stays apart: the kernels of @diptych/ops/wasm take bias along, and are faster than stock ones with both.
    if (!scale)
      return tf.relu(tf.fused.conv2d({ x, filter, strides, pad, bias: shift, activation: 'linear' }) as tf.Tensor4D);
    return tf.relu(tf.add(tf.mul(tf.conv2d(x, filter, strides, pad), scale), shift) as tf.Tensor4D);
  });

  const outputOf = (output: InceptionOutput, block: tf.Tensor4D): tf.Tensor2D => {
    if (output === 'spatial') {
      const [count, height, width] = block.shape;
      return tf.reshape(tf.slice(block, [0, 0, 0, 0], [count, height, width, 7]), [
        count,
        height * width * 7,
      ]) as tf.Tensor2D;
    }
    const mean = tf.mean(block, [1, 2]) as tf.Tensor2D; // [B, channels]
    if (output !== 'logits' && output !== 'unbiasedLogits') return mean;
    const scores = tf.matMul(mean, head, false, true) as tf.Tensor2D; // [B, 1008]
    return output === 'logits' ? tf.add(scores, bias) : scores;
  };

  return {
    sha256: weights.sha256,
    run(input, outputs, onBlock) {
      const where = 'inception';
      checkShape(where, { input }, ['B', 299, 299, 3]);
      checkNotEmpty(where, { outputs });
      for (const output of outputs) checkIn(where, { outputs: output }, Object.keys(depths));
      if (head.isDisposed) fail(where, 'the network has been disposed');
      return tf.tidy(() => {
        const found = {} as Record<InceptionOutput, tf.Tensor2D>;
        let x = input;
        for (const [name, block] of blocks) {
          const y = tf.tidy(() => block(x));
          if (x !== input) x.dispose();
          x = y;
          onBlock?.(name, x);
          for (const output of outputs) if (depths[output] === name) found[output] = outputOf(output, x);
          if (outputs.every((output) => output in found)) break;
        }
        if (x !== input) x.dispose();
        return found;
      });
    },
    dispose() {
      for (const tensor of owned) tensor.dispose();
    },
  };
}
