import { readSafetensors, writeSafetensors, type HostTensor, type HostTensors } from '@diptych/formats';
import { tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeEach, describe, expect, it } from 'vitest';
import { UViT } from '../networks/uvit/uvit.ts';
import { uvitNames } from '../networks/uvit/uvit-names.ts';
import { loadStateDict } from './load-state-dict.ts';
import { fromOfficial, toOfficial } from './official.ts';
import { stateDict } from './state-dict.ts';

const make = (seed: number) =>
  new UViT({ image: [4, 4, 2], patch: 2, width: 8, depth: 2, heads: 2, classes: 3, timeMlp: true, seed });
const run = (network: UViT) =>
  network
    .forward({ x: tensorOf([1, 4, 4, 2]), noise: tensorOf([1]), label: tf.tensor1d([1], 'int32') })
    .output.dataSync();

describe('stateDict and loadStateDict', () => {
  beforeEach(async () => {
    await tf.setBackend('cpu');
    tf.engine().startScope();
    return () => tf.engine().endScope();
  });

  it('carry a network through a file to the same bits', async () => {
    const [a, b] = [make(1), make(2)];
    expect(run(b)).not.toEqual(run(a));
    const { tensors } = readSafetensors(writeSafetensors(await stateDict(a)));
    expect(loadStateDict(b, tensors)).toEqual({ missing: [], unexpected: [] });
    expect(run(b)).toEqual(run(a));
  });

  it('the copies do not follow the network', async () => {
    const network = make(1);
    const state = await stateDict(network);
    const before = state['norm.gamma'].data[0];
    network.variables()['norm.gamma'].assign(tf.zeros([8]));
    expect(state['norm.gamma'].data[0]).toBe(before);
  });

  it('take numbers of other types', async () => {
    const network = make(1);
    const state: Record<string, HostTensor> = await stateDict(network);
    state['norm.beta'] = { shape: [8], dtype: 'int64', data: BigInt64Array.from({ length: 8 }, (_, i) => BigInt(i)) };
    state['norm.gamma'] = { shape: [8], dtype: 'float64', data: new Float64Array(8).fill(0.5) };
    loadStateDict(network, state);
    expect([...network.variables()['norm.beta'].dataSync()]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(network.variables()['norm.gamma'].dataSync()[3]).toBe(0.5);
  });

  it('an error lists everything missing, unexpected and wrongly shaped, and nothing has changed', async () => {
    const network = make(1);
    const { 'mid.norm1.gamma': _, ...rest } = await stateDict(make(2));
    const bad: HostTensors = {
      ...rest,
      'no.such.weight': { shape: [1], dtype: 'float32', data: new Float32Array(1) },
      positions: { shape: [8, 6], dtype: 'float32', data: new Float32Array(48) },
      'norm.beta': { shape: [8], dtype: 'float32', data: new Float32Array(7) },
    };
    const before = run(network);
    const message =
      /missing: mid\.norm1\.gamma; unexpected: no\.such\.weight; wrongly shaped: positions is \[8,6\].*instead of \[6,8\], norm\.beta/;
    expect(() => loadStateDict(network, bad)).toThrow(message);
    expect(() => loadStateDict(network, bad, { strict: false })).toThrow(/wrongly shaped/);
    expect(run(network)).toEqual(before);
  });

  it('leniently load what is there and say what is not', async () => {
    const network = make(1);
    const gamma = { shape: [8], dtype: 'float32', data: new Float32Array(8).fill(2) } as const;
    const { missing, unexpected } = loadStateDict(network, { 'norm.gamma': gamma, other: gamma }, { strict: false });
    expect(unexpected).toEqual(['other']);
    expect(missing).toHaveLength(Object.keys(network.variables()).length - 1);
    expect(network.variables()['norm.gamma'].dataSync()[0]).toBe(2);
  });

  it('leave no tensor behind', async () => {
    const network = make(1);
    network.variables();
    const before = tf.memory().numTensors;
    loadStateDict(network, await stateDict(network));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('the official layout holds the same numbers, transposed: there and back is the identity', async () => {
    const network = make(1);
    const [state, names] = [await stateDict(network), uvitNames(network)];
    const official = toOfficial(state, names);
    expect(Object.keys(official)).toContain('in_blocks.0.attn.qkv.weight');
    expect(official['in_blocks.0.attn.qkv.weight'].shape).toEqual([24, 8]);
    expect(official['in_blocks.0.attn.qkv.weight'].data[8]).toBe(state['in.0.attn.qkv.kernel'].data[1]);
    expect(official['final_layer.weight'].shape).toEqual([2, 2, 3, 3]);
    // [out, in, row, column] of theirs is [row, column, in, out] of ours.
    expect(official['final_layer.weight'].data[((1 * 2 + 0) * 3 + 2) * 3 + 1]).toBe(
      state['finalConv.kernel'].data[((2 * 3 + 1) * 2 + 0) * 2 + 1],
    );
    expect(official['patch_embed.proj.weight'].shape).toEqual([8, 2, 2, 2]);
    expect(fromOfficial(official, names)).toEqual(state);
  });

  it('a foreign tensor keeps its name; one of another shape is refused', async () => {
    const network = make(1);
    const names = uvitNames(network);
    const extra = { shape: [2], dtype: 'float32', data: new Float32Array(2) } as const;
    expect(fromOfficial({ extra }, names)).toEqual({ extra });
    expect(() => fromOfficial({ 'norm.weight': extra }, names)).toThrow(/norm.weight must be of shape \[8\]/);
    expect(() => toOfficial({ 'norm.gamma': extra }, names)).toThrow(/norm.gamma must be of shape \[8\]/);
  });
});
