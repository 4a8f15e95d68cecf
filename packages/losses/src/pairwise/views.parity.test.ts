import type { NumberArray } from '@diptych/test-utils/fixtures';
import { expectGolden, golden, lossParity, type ParityCheck } from '@diptych/test-utils/losses';
import * as tf from '@tensorflow/tfjs-core';
import { dcl, dclw } from './contrastive/dcl.ts';
import { ntXent } from './contrastive/nt-xent.ts';
import { byol } from './cosine/byol.ts';
import { simSiam, type ViewPair } from './cosine/sim-siam.ts';
import { alignmentLoss, uniformityLoss } from './dispersion/alignment-uniformity.ts';
import { sinkhornKnopp } from './prototypes/sinkhorn-knopp.ts';
import { swav } from './prototypes/swav.ts';
import { barlowTwins } from './redundancy/barlow-twins.ts';
import { vicReg } from './redundancy/vic-reg.ts';

const rows = (of: NumberArray) => golden<tf.Rank.R2>(of);

/** Value and both gradients of a loss of two views. */
function pair(loss: (a: tf.Tensor2D, b: tf.Tensor2D, config: Record<string, number>) => tf.Scalar): ParityCheck {
  return ({ config, inputs, expected }) => {
    const f = (a: tf.Tensor, b: tf.Tensor) => loss(a as tf.Tensor2D, b as tf.Tensor2D, config);
    const views = [rows(inputs.a), rows(inputs.b)] as const;
    expectGolden(f(...views), expected.loss, 'loss');
    const [gradA, gradB] = tf.grads(f)([...views]);
    expectGolden(gradA!, expected.gradA, 'gradA');
    expectGolden(gradB!, expected.gradB, 'gradB');
  };
}

/** Value, and gradients of the predictions; the targets get none. */
function predictions(loss: (p: ViewPair, z: ViewPair) => tf.Scalar): ParityCheck {
  return ({ inputs, expected }) => {
    const [p1, p2, z1, z2] = [inputs.p1, inputs.p2, inputs.z1, inputs.z2].map((of) => tf.variable(rows(of)));
    const { value, grads } = tf.variableGrads(
      () => loss([p1, p2] as unknown as ViewPair, [z1, z2] as unknown as ViewPair),
      [p1!, p2!, z1!, z2!],
    );
    expectGolden(value, expected.loss, 'loss');
    expectGolden(grads[p1!.name], expected.gradP1, 'gradP1');
    expectGolden(grads[p2!.name], expected.gradP2, 'gradP2');
    for (const target of [z1!, z2!]) {
      if (grads[target.name]) throw new Error('a gradient reached the targets');
    }
    tf.dispose([p1!, p2!, z1!, z2!]);
  };
}

lossParity('views', {
  simclr: pair((a, b, { temperature }) => ntXent(a, b, { temperature })),
  dcl: pair((a, b, { temperature }) => dcl(a, b, { temperature })),
  dclw: pair((a, b, { temperature, sigma }) => dclw(a, b, { temperature, sigma })),
  barlow: pair((a, b, { lambda, bnEps }) => barlowTwins(a, b, { lambda, epsilon: bnEps })),
  vicreg: pair((a, b, { invariance, variance, covariance, eps }) =>
    vicReg(a, b, { invariance, variance, covariance, epsilon: eps }),
  ),
  align: pair((a, b, { alpha }) => alignmentLoss(a, b, { alpha })),
  uniform: ({ config, inputs, expected }) => {
    const f = (z: tf.Tensor) => uniformityLoss(z as tf.Tensor2D, { t: config.t });
    expectGolden(f(rows(inputs.a)), expected.loss, 'loss');
    expectGolden(tf.grad(f)(rows(inputs.a)), expected.gradA, 'gradA');
  },
  simsiam: predictions(simSiam),
  byol: predictions(byol),
  swav: ({ config, inputs, expected }) => {
    const { epsilon, iterations, temperature } = config;
    const high = (inputs.high as NumberArray[]).map(rows);
    const low = (inputs.low as NumberArray[]).map(rows);
    high.forEach((scores, i) => {
      expectGolden(sinkhornKnopp(scores, { temperature: epsilon, iterations }), expected.codes[i], `code ${i}`);
    });
    const f = (...views: tf.Tensor[]) =>
      swav(views.slice(0, high.length) as tf.Tensor2D[], {
        low: views.slice(high.length) as tf.Tensor2D[],
        temperature,
        epsilon,
        iterations,
      });
    expectGolden(f(...high, ...low), expected.loss, 'loss');
    const gradients = tf.grads(f)([...high, ...low]);
    [...expected.gradHigh, ...expected.gradLow].forEach((of: NumberArray, i) =>
      expectGolden(gradients[i], of, `grad ${i}`),
    );
  },
});
