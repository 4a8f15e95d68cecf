import { key } from '@diptych/core';
import { expectGolden, golden, lossParity } from '@diptych/test-utils/losses';
import type { NumberArray } from '@diptych/test-utils/fixtures';
import * as tf from '@tensorflow/tfjs-core';
import { dinoHead } from './dino-head.ts';

/** PyTorch's name as ours. With batch norm a layer takes three places of the Sequential, without two. */
function ours(torch: string, batchNorm: boolean): string {
  if (torch === 'last_layer.weight_g') return 'last.length';
  if (torch === 'last_layer.weight_v') return 'last.direction';
  const parts = torch.split('.');
  const part = parts.at(-1)!;
  if (parts.length === 2) return `layers.0.${part === 'weight' ? 'kernel' : 'bias'}`; // mlp.weight: a single layer
  const [place, size] = [Number(parts[1]), batchNorm ? 3 : 2];
  const layer = `layers.${Math.floor(place / size)}`;
  if (place % size === 0) return `${layer}.${part === 'weight' ? 'kernel' : 'bias'}`;
  return `${layer}.norm.${part === 'weight' ? 'gamma' : 'beta'}`;
}

/** Matrices are transposed between PyTorch and here; g is a column there and a vector here. */
function convert(x: tf.Tensor, torch: string): tf.Tensor {
  if (torch === 'last_layer.weight_g') return x.rank === 2 ? tf.reshape(x, [-1]) : tf.reshape(x, [-1, 1]);
  return x.rank === 2 ? tf.transpose(x) : x;
}

lossParity('dino-head', {
  case: ({ config, inputs, expected }) => {
    const batchNorm = config.batchNorm === 1;
    const make = dinoHead({
      out: config.outDim,
      layers: config.layers,
      hidden: config.hidden,
      bottleneck: config.bottleneck,
      batchNorm,
      bias: config.bias === 1,
      freeLengths: config.normLastLayer === 0,
    });
    const head = make(config.inDim, key(0));
    const variables = head.variables();
    const weights = inputs.weights as Record<string, NumberArray>;
    for (const [torch, values] of Object.entries(weights))
      variables[ours(torch, batchNorm)].assign(convert(golden(values), torch));
    const x = tf.variable(golden<tf.Rank.R2>(inputs.x));
    expectGolden(head.apply(x, { training: true }), expected.output, 'output');
    const { grads } = tf.variableGrads(
      () => tf.sum(tf.mul(head.apply(x, { training: true }), golden(inputs.cotangent))),
      [x, ...Object.values(head.trainableVariables())],
    );
    expectGolden(grads[x.name], expected.gradX, 'gradX');
    for (const [torch, values] of Object.entries(expected.gradWeights as Record<string, NumberArray>)) {
      expectGolden(convert(grads[variables[ours(torch, batchNorm)].name], torch), values, torch);
    }
    x.dispose();
    head.dispose();
  },
});
