import { key } from '@diptych/core';
import { lerpVariables } from '@diptych/core/networks';
import { expectGolden, golden, lossParity } from '@diptych/test-utils/losses';
import type { NumberArray } from '@diptych/test-utils/fixtures';
import * as tf from '@tensorflow/tfjs-core';
import { infoNce } from '../pairwise/contrastive/info-nce.ts';
import { mlpHead } from '../distillation/heads/mlp-head.ts';

type Arrays = Record<string, NumberArray>;
const rows = (of: NumberArray) => golden<tf.Rank.R2>(of);

/** PyTorch's numbering (Linear 3i, BatchNorm 3i + 1) as this library's names, kernels transposed. */
function named(weights: Arrays): Record<string, { name: string; transposed: boolean }> {
  return Object.fromEntries(
    Object.keys(weights).map((torch) => {
      const [number, part] = torch.split('.') as [string, string];
      const layer = `layers.${Math.floor(Number(number) / 3)}`;
      if (Number(number) % 3 === 0) return [torch, { name: `${layer}.kernel`, transposed: true }];
      const parts: Record<string, string> = {
        weight: 'gamma',
        bias: 'beta',
        running_mean: 'mean',
        running_var: 'variance',
      };
      return [torch, { name: `${layer}.norm.${parts[part]}`, transposed: false }];
    }),
  );
}

lossParity('moco-v3', {
  contrastive: ({ config, inputs, expected }) => {
    const { temperature } = config;
    const k1 = rows(inputs.k1);
    const k2 = rows(inputs.k2);
    expectGolden(infoNce(rows(inputs.q1), k2, { temperature }), expected.loss_q1_k2, 'q1 k2');
    expectGolden(infoNce(rows(inputs.q2), k1, { temperature }), expected.loss_q2_k1, 'q2 k1');
    const loss = (q1: tf.Tensor, q2: tf.Tensor) =>
      tf.add(infoNce(q1 as tf.Tensor2D, k2, { temperature }), infoNce(q2 as tf.Tensor2D, k1, { temperature }));
    expectGolden(loss(rows(inputs.q1), rows(inputs.q2)), expected.loss, 'loss');
    const [gradQ1, gradQ2] = tf.grads(loss)([rows(inputs.q1), rows(inputs.q2)]);
    expectGolden(gradQ1!, expected.gradQ1, 'gradQ1');
    expectGolden(gradQ2!, expected.gradQ2, 'gradQ2');
  },

  'momentum-update': ({ config, inputs, expected }) => {
    const variables = (of: Arrays) =>
      Object.fromEntries(Object.entries(of).map(([name, values]) => [name, tf.variable(golden(values))]));
    const [teacher, base] = [variables(inputs.teacher), variables(inputs.base)];
    lerpVariables(teacher, base, 1 - config.momentum);
    for (const [name, values] of Object.entries(expected.teacher as Arrays)) expectGolden(teacher[name], values, name);
    tf.dispose([teacher, base]);
  },

  head: ({ config, inputs, expected }) => {
    const { layers, inDim, hidden, outDim, lastBn } = config;
    const head = mlpHead({ layers, hidden, out: outDim, lastNorm: lastBn === 1 })(inDim, key(0));
    const variables = head.variables();
    const names = named(inputs.weights);
    for (const [torch, { name, transposed }] of Object.entries(names)) {
      const value = golden(inputs.weights[torch]);
      variables[name].assign(transposed ? tf.transpose(value) : value);
    }
    const cotangent = rows(inputs.cotangent);
    const x = tf.variable(rows(inputs.x));
    const start = Object.fromEntries(Object.entries(variables).map(([name, of]) => [name, tf.clone<tf.Tensor>(of)]));
    expectGolden(head.apply(x as tf.Tensor2D, { training: true }), expected.output, 'output');
    const running = named(expected.runningAfter);
    for (const [torch, { name }] of Object.entries(running)) {
      expectGolden(variables[name], expected.runningAfter[torch], torch);
    }
    expectGolden(head.apply(rows(inputs.evalX), { training: false }), expected.evalOutput, 'evalOutput');

    for (const [name, of] of Object.entries(variables)) of.assign(start[name]);
    const { grads } = tf.variableGrads(
      () => tf.sum(tf.mul(head.apply(x as tf.Tensor2D, { training: true }), cotangent)),
      [x, ...Object.values(head.trainableVariables())],
    );
    expectGolden(grads[x.name], expected.gradX, 'gradX');
    for (const [torch, { name, transposed }] of Object.entries(names)) {
      const gradient = grads[variables[name].name];
      expectGolden(transposed ? tf.transpose(gradient) : gradient, expected.gradWeights[torch], torch);
    }
    x.dispose();
    head.dispose();
  },
});
