import { check, checkOptions, checkRule, fail } from '@diptych/formats/errors';
import { attention, gelu, layerNorm, linear } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { evalRules } from '../../features/eval-rules.ts';
import { matchWeights } from '../weights/match-weights.ts';
import type { NetworkWeights } from '../weights/read-weights.ts';
import { dinoShapes, dinoSizeRules, vitSmall16 } from './dino-weights.ts';
import type { DinoSizes } from './dino-weights.ts';
import { interpolatePositions } from './interpolate-positions.ts';

/** DINO's vision transformer with its weights. */
export interface DinoNetwork {
  readonly sizes: DinoSizes;
  /** SHA-256 of the weight file. */
  readonly sha256: string;
  /**
   * The class token after the last norm.
   *
   * **Shapes** input [B, H, W, 3], sides a multiple of the patch; result [B, width]. **Memory** the caller owns the result.
   */
  run(input: tf.Tensor4D): tf.Tensor2D;
  /** Frees the weights. */
  dispose(): void;
}

/**
 * DINO's self-supervised vision transformer, from a weight file of the official layout. Input is prepared by `dinoProtocol`
 * (`dinoFeatures` does both); for other sizes than 224x224 positions are interpolated as the official code does.
 *
 * **Shapes** input [B, H, W, 3], the class token [B, width]. **Memory** 87 MB of weights until `dispose`.
 *
 * @param sizes default ViT-S/16
 * @throws DiptychError if a tensor is missing, unexpected, of another shape or not finite (the message lists all of them)
 * @see Caron et al. 2021, Emerging properties in self-supervised vision transformers, arXiv:2104.14294; Dosovitskiy et al.
 * 2021, eq. 1 to 4, arXiv:2010.11929
 * @example
 * const network = dino(await readWeights(bytes));
 */
export function dinoNetwork(weights: NetworkWeights, sizes: DinoSizes = vitSmall16): DinoNetwork {
  const where = 'dino';
  checkRule(where, 'weights', evalRules.weights, weights);
  checkOptions(where, sizes, dinoSizeRules, 'sizes');
  const { width, depth, heads, patch, grid } = sizes;
  const numbers = matchWeights(weights.tensors, dinoShapes(sizes), where);
  const owned: tf.Tensor[] = [];
  const own = <T extends tf.Tensor>(tensor: T): T => {
    owned.push(tf.keep(tensor));
    return tensor;
  };
  const vector = (name: string) => own(tf.tensor1d(numbers[name]));
  const norm = (name: string) => {
    const [gamma, beta] = [vector(`${name}.weight`), vector(`${name}.bias`)];
    return (x: tf.Tensor3D) => layerNorm(x, gamma, beta, { epsilon: 1e-6 });
  };
  const dense = (name: string) => {
    const bias = vector(`${name}.bias`);
    const from = numbers[`${name}.weight`]; // [out, in]
    const kernel = own(tf.tensor2d(transposed(from, bias.size), [from.length / bias.size, bias.size]));
    return (x: tf.Tensor3D) => linear(x, kernel, bias);
  };
  const blocks = Array.from({ length: depth }, (_, i) => {
    const at = `blocks.${i}`;
    const [norm1, qkv, project] = [norm(`${at}.norm1`), dense(`${at}.attn.qkv`), dense(`${at}.attn.proj`)];
    const [norm2, fc1, fc2] = [norm(`${at}.norm2`), dense(`${at}.mlp.fc1`), dense(`${at}.mlp.fc2`)];
    return (x: tf.Tensor3D): tf.Tensor3D => {
      const y = tf.add(x, project(attention(qkv(norm1(x)), { heads }))) as tf.Tensor3D;
      return tf.add(y, fc2(gelu(fc1(norm2(y)))));
    };
  });
  const last = norm('norm');
  const classToken = own(tf.tensor3d(numbers['cls_token'], [1, 1, width]));
  const embedding = numbers['patch_embed.proj.weight']; // [width, 3, patch, patch]
  const filter = own(tf.tensor4d(channelsLast(embedding, width, patch), [patch, patch, 3, width]));
  const embeddingBias = vector('patch_embed.proj.bias');
  const positions = numbers['pos_embed'];

  return {
    sizes,
    sha256: weights.sha256,
    run(input) {
      const fits = input.rank === 4 && input.shape[3] === 3 && input.shape.slice(1, 3).every((n) => n % patch === 0);
      check(fits, where, 'input', `of shape [B, H, W, 3], sides a multiple of ${patch}`, input);
      if (classToken.isDisposed) fail(where, 'the network has been disposed');
      const [count, height, breadth] = input.shape;
      const [rows, columns] = [height / patch, breadth / patch];
      return tf.tidy(() => {
        const patches = tf.add(tf.conv2d(input, filter, patch, 'valid'), embeddingBias); // [B, rows, columns, width]
        const tokens = tf.concat(
          [tf.tile(classToken, [count, 1, 1]), tf.reshape(patches, [count, rows * columns, width]) as tf.Tensor3D],
          1,
        ); // [B, 1 + rows columns, width]
        const placed = interpolatePositions(positions, grid, width, [rows, columns]);
        let x = tf.add(tokens, tf.tensor3d(placed, [1, 1 + rows * columns, width])) as tf.Tensor3D;
        for (const block of blocks) x = tf.tidy(() => block(x));
        return tf.reshape(last(tf.slice(x, [0, 0, 0], [count, 1, width])), [count, width]) as tf.Tensor2D;
      });
    },
    dispose() {
      for (const tensor of owned) tensor.dispose();
    },
  };
}

/** [rows, columns] to [columns, rows]. */
function transposed(from: Float32Array, rows: number): Float32Array {
  const columns = from.length / rows;
  const to = new Float32Array(from.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) to[c * rows + r] = from[r * columns + c];
  return to;
}

/** [width, 3, patch, patch] to [patch, patch, 3, width]. */
function channelsLast(from: Float32Array, width: number, patch: number): Float32Array {
  const area = patch * patch;
  const to = new Float32Array(from.length);
  for (let o = 0; o < width; o++) {
    for (let c = 0; c < 3; c++) {
      for (let p = 0; p < area; p++) to[(p * 3 + c) * width + o] = from[(o * 3 + c) * area + p];
    }
  }
  return to;
}
