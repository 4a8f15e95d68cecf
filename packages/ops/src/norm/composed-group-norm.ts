import * as tf from '@tensorflow/tfjs-core';
import { attributes } from '../fused/attributes.ts';
import { fusedAll, type FusedOp } from '../fused/dispatch.ts';

type Images = tf.Tensor3D;
/** One number for each sample and group. */
type Groups = tf.Tensor2D;

/**
 * Group norm with scale and shift. Inputs x [B, S, C], gamma [C], beta [C]; attributes groups, epsilon.
 * Outputs y [B, S, C], mean [B, G], rstd [B, G] = 1 / sqrt(variance + epsilon).
 */
export const groupNormOp: FusedOp = {
  name: 'DiptychGroupNorm',
  gradient: {
    inputsToSave: ['x', 'gamma'],
    outputsToSave: [false, true, true],
    gradFunc: (dys, saved, attrs) => {
      const [dy] = dys as tf.Tensor[] as [Images];
      const [x, gamma, ...statistics] = saved as [Images, tf.Tensor1D, Groups, Groups];
      const { groups, epsilon } = attributes<{ groups: number; epsilon: number }>(attrs);
      const [mean, rstd] = statisticsOf(x, statistics, groups, epsilon);
      const [dx, dgamma, dbeta] = groupNormGradient(dy, x, mean, rstd, gamma);
      return { x: () => dx, gamma: () => dgamma, beta: () => dbeta };
    },
  },
};

/** Inputs dy [B, S, C], x [B, S, C], mean [B, G], rstd [B, G], gamma [C]. Outputs dx [B, S, C], dgamma [C], dbeta [C]. */
export const groupNormGradOp: FusedOp = { name: 'DiptychGroupNormGrad' };

/** `groupNorm` of images as rows, made of tfjs ops, with the closed-form gradient: tfjs's own would save five images. */
export function composedGroupNorm(
  x: Images,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  groups: number,
  epsilon: number,
): Images {
  const run = tf.customGrad((...args) => {
    const [x, gamma, beta, save] = args as [Images, tf.Tensor1D, tf.Tensor1D, tf.GradSaveFunc];
    const { centred, mean, rstd } = statistics(x, groups, epsilon);
    const y = tf.add(tf.mul(centred, tf.mul(overChannels(rstd, x), gamma)), beta);
    save([x, mean, rstd, gamma]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [x, , , gamma] = saved as [Images, Groups, Groups, tf.Tensor1D];
      const [mean, rstd] = statisticsOf(x, saved.slice(1, 3), groups, epsilon);
      return groupNormGradient(dy as Images, x, mean, rstd, gamma);
    };
    return { value: y, gradFunc };
  });
  return run(x, gamma, beta) as Images;
}

/** In two passes, the second around the mean: the variance of a bright image is not the difference of two large numbers. */
function statistics(x: Images, groups: number, epsilon: number) {
  const count = (x.shape[1] * x.shape[2]) / groups;
  const mean = tf.div(overGroups(tf.sum(x, 1), groups), count) as Groups; // [B, G]
  const centred = tf.sub(x, overChannels(mean, x)); // [B, S, C]
  const variance = tf.div(overGroups(tf.sum(tf.square(centred), 1), groups), count);
  return { centred, mean, rstd: tf.rsqrt(tf.add(variance, epsilon)) as Groups };
}

/** Mean and rstd as saved; for a second derivative anew, so that the tape knows them as functions of x. */
function statisticsOf(x: Images, saved: tf.Tensor[], groups: number, epsilon: number): [Groups, Groups] {
  if (!tf.engine().isTapeOn()) return saved as [Groups, Groups];
  const { mean, rstd } = statistics(x, groups, epsilon);
  return [mean, rstd];
}

/**
 * With z = (x - mean) rstd and n numbers in a group: dgamma = sum dy z, dbeta = sum dy, dx = rstd (dz - sum(dz) / n - z sum(dz z) / n)
 * at dz = dy gamma. Over the places of an image the sums are taken once, per channel; groups and batch sum those.
 */
function groupNormGradient(dy: Images, x: Images, mean: Groups, rstd: Groups, gamma: tf.Tensor1D): tf.Tensor[] {
  return fusedAll(groupNormGradOp, { dy, x, mean, rstd, gamma }, {}, () =>
    tf.tidy(() => {
      const groups = mean.shape[1];
      const count = (x.shape[1] * x.shape[2]) / groups;
      const centred = tf.sub(x, overChannels(mean, x)); // [B, S, C]
      const scale = overChannels(rstd, x); // [B, 1, C]
      const along = tf.mul(tf.sum(tf.mul(dy, centred), 1), tf.squeeze(scale, [1])); // sum dy z, [B, C]
      const level = tf.sum(dy, 1); // [B, C]
      const share = (sums: tf.Tensor) => tf.div(overGroups(tf.mul(sums, gamma), groups), count) as Groups; // [B, G]
      const slope = overChannels(tf.mul(share(along), tf.square(rstd)), x); // [B, 1, C]
      const shift = overChannels(tf.mul(share(level), rstd), x);
      const dx = tf.sub(tf.mul(dy, tf.mul(scale, gamma)), tf.add(tf.mul(centred, slope), shift));
      return [dx, tf.sum(along, 0), tf.sum(level, 0)];
    }),
  );
}

/** Sums of the channels of each group, [B, C] -> [B, G]. */
function overGroups(channels: tf.Tensor, groups: number): tf.Tensor {
  const [batch, width] = channels.shape;
  return tf.sum(tf.reshape(channels, [batch, groups, width / groups]), 2);
}

/** The number of each group for all of its channels, [B, G] -> [B, 1, C], to be broadcast over the places of x. */
function overChannels(groups: tf.Tensor, x: Images): Images {
  const [batch, count] = groups.shape;
  const channels = x.shape[2];
  const repeated = tf.tile(tf.reshape(groups, [batch, count, 1]), [1, 1, channels / count]);
  return tf.reshape(repeated, [batch, 1, channels]) as Images;
}
