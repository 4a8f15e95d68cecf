import { onEachBackend, relativeError, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DiT } from '../networks/dit/dit.ts';
import { UViT } from '../networks/uvit/uvit.ts';
import { addLora, mergeLora } from './lora.ts';

onEachBackend('LoRA', () => {
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  const make = () => new UViT({ image: [4, 4, 1], patch: 2, width: 16, depth: 2, heads: 2 });
  const input = () => ({ x: tensorOf<tf.Rank.R4>([2, 4, 4, 1], 1), noise: tensorOf<tf.Rank.R1>([2], 2) });
  const attention = /\.attn\.(qkv|proj)$/;

  it('changes nothing at first, and trains the adapters only', () => {
    const network = make();
    const before = network.forward(input()).output.dataSync();
    const layers = addLora(network, attention, { rank: 2 });
    expect(layers).toEqual([
      'in.0.attn.qkv',
      'in.0.attn.proj',
      'mid.attn.qkv',
      'mid.attn.proj',
      'out.0.attn.qkv',
      'out.0.attn.proj',
    ]);
    expect(network.forward(input()).output.dataSync()).toEqual(before);
    const names = layers.flatMap((name) => [`${name}.adapterIn`, `${name}.adapterOut`]);
    expect(Object.keys(network.trainableVariables())).toEqual(names);
    expect(network.variables()['mid.attn.qkv.adapterIn'].shape).toEqual([16, 2]);
    expect(network.variables()['mid.attn.qkv.adapterOut'].shape).toEqual([2, 48]);
  });

  it('learns, and merged computes the same without adapters', () => {
    const network = make();
    const names = Object.keys(network.variables());
    addLora(network, attention, { rank: 2, alpha: 6 });
    const target = tensorOf([2, 4, 4, 1], 3);
    const loss = () => tf.mean(tf.squaredDifference(network.forward(input()).output, target)) as tf.Scalar;
    const frozen = network.variables()['mid.mlp.fc1.kernel'].dataSync();
    const variables = Object.values(network.trainableVariables());
    const first = loss().dataSync()[0];
    const optimizer = tf.train.adam(0.02);
    for (let step = 0; step < 30; step++)
      tf.tidy(() => optimizer.applyGradients(tf.variableGrads(loss, variables).grads as never));
    optimizer.dispose();
    expect(loss().dataSync()[0]).toBeLessThan(0.97 * first);
    expect(network.variables()['mid.mlp.fc1.kernel'].dataSync()).toEqual(frozen);
    const adapted = network.forward(input()).output;
    expect(mergeLora(network)).toHaveLength(6);
    expect(relativeError(network.forward(input()).output, adapted)).toBeLessThan(1e-5);
    expect(Object.keys(network.variables())).toEqual(names);
    expect(mergeLora(network)).toEqual([]);
  });

  it('leaves no tensor behind when merged', () => {
    const network = make();
    network.variables();
    const before = tf.memory().numTensors;
    addLora(network, attention, { rank: 1 });
    mergeLora(network);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('works before the network is built, on any network of blocks', () => {
    const network = new DiT({ image: [4, 4, 1], patch: 2, width: 8, depth: 1, heads: 2 });
    expect(addLora(network, /^block\.0\.mlp\.fc1$/, { rank: 3 })).toEqual(['block.0.mlp.fc1']);
    expect(Object.keys(network.trainableVariables())).toHaveLength(2);
  });

  it('refuses a pattern without layers, a rank that does not fit, and a second adapter', () => {
    const network = make();
    expect(() => addLora(network, /nothing/, { rank: 2 })).toThrow(/at least one linear layer/);
    expect(() => addLora(network, attention, { rank: 17 })).toThrow(/rank must be an integer from 1 to 16/);
    addLora(network, /^mid\.attn\.qkv$/, { rank: 2 });
    expect(() => addLora(network, attention, { rank: 2 })).toThrow(
      /without adapters on these layers, got "mid.attn.qkv"/,
    );
  });
});
