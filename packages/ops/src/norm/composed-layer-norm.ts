import * as tf from '@tensorflow/tfjs-core';
import { attributes } from '../fused/attributes.ts';
import { fused, fusedAll, type FusedOp } from '../fused/dispatch.ts';
import { sumRows } from '../linear/sum-rows.ts';

type Rows = tf.Tensor2D;

/**
 * Layer norm with scale and shift. Inputs x [R, D], gamma [D], beta [D]; attribute epsilon.
 * Outputs y [R, D], mean [R, 1], rstd [R, 1] = 1 / sqrt(variance + epsilon).
 */
export const layerNormOp: FusedOp = {
  name: 'DiptychLayerNorm',
  gradient: {
    inputsToSave: ['x', 'gamma'],
    outputsToSave: [false, true, true],
    gradFunc: (dys, saved, attrs) => {
      const [dy] = dys as tf.Tensor[] as [Rows];
      const [x, gamma] = saved as [Rows, tf.Tensor1D];
      const [mean, rstd] = statisticsOf(x, saved.slice(2), attributes<{ epsilon: number }>(attrs).epsilon);
      const [dx, dgamma, dbeta] = layerNormGradient(dy, x, mean, rstd, gamma);
      return { x: () => dx, gamma: () => dgamma, beta: () => dbeta };
    },
  },
};

/** Inputs dy [R, D], x [R, D], mean [R, 1], rstd [R, 1], gamma [D]. Outputs dx [R, D], dgamma [D], dbeta [D]. */
export const layerNormGradOp: FusedOp = { name: 'DiptychLayerNormGrad' };

/** Layer norm without scale and shift. Input x [R, D]; attribute epsilon. Outputs y, mean, rstd as `layerNormOp`. */
export const normalizeOp: FusedOp = {
  name: 'DiptychNormalize',
  gradient: {
    inputsToSave: ['x'],
    outputsToSave: [false, true, true],
    gradFunc: (dys, saved, attrs) => {
      const [dy] = dys as tf.Tensor[] as [Rows];
      const [x] = saved as [Rows];
      const [mean, rstd] = statisticsOf(x, saved.slice(1), attributes<{ epsilon: number }>(attrs).epsilon);
      return { x: () => normalizeGradient(dy, x, mean, rstd) };
    },
  },
};

/** Inputs dy [R, D], x [R, D], mean [R, 1], rstd [R, 1]. Output dx [R, D]. */
export const normalizeGradOp: FusedOp = { name: 'DiptychNormalizeGrad' };

/** `layerNorm` of a matrix, made of tfjs ops, with the closed-form gradient: tfjs's own would save five matrices. */
export function composedLayerNorm(x: Rows, gamma: tf.Tensor1D | null, beta: tf.Tensor1D | null, epsilon: number): Rows {
  const weights = [gamma, beta].filter((weight) => weight !== null);
  const run = tf.customGrad((...args) => {
    const x = args[0] as Rows;
    const save = args[args.length - 1] as tf.GradSaveFunc;
    const { centred, mean, rstd } = statistics(x, epsilon);
    let y: tf.Tensor = tf.mul(centred, rstd);
    if (gamma) y = tf.mul(y, gamma);
    if (beta) y = tf.add(y, beta);
    save(gamma ? [x, mean, rstd, gamma] : [x, mean, rstd]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [x, , , gamma] = saved as [Rows, Rows, Rows, tf.Tensor1D?];
      const [mean, rstd] = statisticsOf(x, saved.slice(1, 3), epsilon);
      if (gamma) {
        const [dx, dgamma, dbeta] = layerNormGradient(dy as Rows, x, mean, rstd, gamma);
        return beta ? [dx, dgamma, dbeta] : [dx, dgamma];
      }
      const dx = normalizeGradient(dy as Rows, x, mean, rstd);
      return beta ? [dx, sumRows(dy as Rows)] : [dx];
    };
    return { value: y, gradFunc };
  });
  return run(x, ...weights) as Rows;
}

function statistics(x: Rows, epsilon: number) {
  const mean = tf.mean(x, 1, true) as Rows; // [R, 1]
  const centred = tf.sub(x, mean);
  const rstd = tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), epsilon)) as Rows; // [R, 1]
  return { centred, mean, rstd };
}

/** Mean and rstd as saved; for a second derivative anew, so that the tape knows them as functions of x. */
function statisticsOf(x: Rows, saved: tf.Tensor[], epsilon: number): [Rows, Rows] {
  if (!tf.engine().isTapeOn()) return saved as [Rows, Rows];
  const { mean, rstd } = statistics(x, epsilon);
  return [mean, rstd];
}

/** With z = (x - mean) rstd: dgamma = sum dy z, dbeta = sum dy, dx as `normalizeGradient` at dy gamma. */
function layerNormGradient(dy: Rows, x: Rows, mean: Rows, rstd: Rows, gamma: tf.Tensor1D): tf.Tensor[] {
  return fusedAll(layerNormGradOp, { dy, x, mean, rstd, gamma }, {}, () =>
    tf.tidy(() => {
      const dgamma = sumRows(tf.mul(dy, tf.mul(tf.sub(x, mean), rstd)) as Rows);
      return [normalizeGradient(tf.mul(dy, gamma), x, mean, rstd), dgamma, sumRows(dy)];
    }),
  );
}

/** With z = (x - mean) rstd: dx = rstd (dz - mean(dz) - z mean(dz z)). */
function normalizeGradient(dz: Rows, x: Rows, mean: Rows, rstd: Rows): Rows {
  return fused(normalizeGradOp, { dy: dz, x, mean, rstd }, {}, () =>
    tf.tidy(() => {
      const z = tf.mul(tf.sub(x, mean), rstd);
      const slope = tf.mean(tf.mul(dz, z), 1, true); // [R, 1]
      const level = tf.mean(dz, 1, true); // [R, 1]
      return tf.mul(tf.sub(tf.sub(dz, level), tf.mul(z, slope)), rstd) as Rows;
    }),
  );
}
