import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, it } from 'vitest';
import { Block } from '../base/block.ts';
import type { BlockOptions } from '../base/weight-tree.ts';
import { totalMacs } from '../base/macs.ts';
import { Attention } from '../blocks/attention/attention.ts';
import { Conv2d } from '../blocks/convolution/conv2d.ts';
import { Linear } from '../blocks/mlp/linear.ts';
import { constantInit } from '../base/initialization.ts';
import { DiT } from '../networks/dit/dit.ts';
import { ditPresets } from '../networks/dit/dit-presets.ts';
import { addLora } from '../state/lora.ts';
import { UViT } from '../networks/uvit/uvit.ts';
import { uvitPresets } from '../networks/uvit/uvit-presets.ts';
import { summarize } from './summarize.ts';

const cifar = { ...uvitPresets['S/2'], image: [32, 32, 3] } as const;

describe('summarize', () => {
  it('counts what a hand would count', () => {
    const small = new UViT({ image: [4, 4, 1], patch: 2, width: 8, depth: 0, heads: 2, finalConv: false });
    const { rows, parameters, macs } = summarize(small);
    expect(rows.map(({ name, parameters }) => [name, parameters])).toEqual([
      ['positions', 5 * 8],
      ['patchEmbedding', 4 * 8 + 8],
      ['timeEmbedding', 0],
      ['mid', 2 * 16 + 8 * 24 + 8 * 8 + 8 + (8 * 32 + 32) + (32 * 8 + 8)],
      ['norm', 16],
      ['decoder', 8 * 4 + 4],
    ]);
    expect(parameters).toBe(rows.reduce((sum, row) => sum + row.parameters, 0));
    const mid = 5 * 8 * (24 + 8 + 32 + 32) + 2 * 5 * 5 * 8;
    expect(macs).toBe(4 * 4 * 8 + mid + 5 * 8 * 4);
  });

  it('prints one line for each part and the sums, without taking memory', () => {
    const before = tf.memory().numTensors;
    const text = String(summarize(new DiT({ ...ditPresets['XL/2'], image: [32, 32, 4], classes: 1000 })));
    expect(tf.memory().numTensors).toBe(before);
    expect(text.split('\n')).toHaveLength(1 + 1 + 3 + 28 + 1 + 1);
    expect(text).toMatch(/^block\.27 +DiTBlock +23,905,152 +23,905,152 +[\d,]+$/m);
    expect(text).toMatch(/^all +675,129,632 +674,834,720 +118,62\d,\d{3},\d{3}$/m);
  });

  it('self-conditioning adds one to two per cent of the parameters and less than a thousandth of the work', () => {
    const plain = summarize(new UViT(cifar));
    for (const [scale, percent] of [
      ['none', 1.19],
      ['vector', 1.78],
    ] as const) {
      const routed = summarize(new UViT({ ...cifar, selfConditioning: { scale } }));
      expect((100 * (routed.parameters - plain.parameters)) / plain.parameters).toBeCloseTo(percent, 2);
      expect((routed.macs - plain.macs) / plain.macs).toBeLessThan(1e-3);
    }
  });

  it('counts a token more after the block that appends it', () => {
    const macs = (target: 'timeToken' | 'extraToken') => new UViT({ ...cifar, selfConditioning: { target } }).macs();
    const [without, appended] = [macs('timeToken'), macs('extraToken')];
    expect(appended.mid).toBe(without.mid);
    expect(appended['out.0']).toBeGreaterThan(without['out.0']);
  });

  it('counts adapters', () => {
    const linear = new Linear({ inputs: 8, outputs: 4 });
    expect(totalMacs(linear, [3, 5, 8])).toBe(15 * 32);
    linear.adapt({ rank: 2 });
    expect(totalMacs(linear, [3, 5, 8])).toBe(15 * (32 + 2 * 12));
    const network = new UViT({ image: [4, 4, 1], patch: 2, width: 8, depth: 0, heads: 2 });
    const before = summarize(network);
    addLora(network, /qkv$/, { rank: 1 });
    expect(summarize(network).trainable).toBe(8 + 24);
    expect(summarize(network).macs - before.macs).toBe(5 * (8 + 24));
  });

  it('counts blocks at the shapes they get', () => {
    expect(totalMacs(new Attention({ width: 8, heads: 2 }), [2, 3, 8])).toBe(6 * 8 * 32 + 2 * 2 * 9 * 8);
    expect(totalMacs(new Conv2d({ inputs: 2, outputs: 3 }), [1, 4, 5, 2])).toBe(20 * 9 * 6);
  });

  it('refuses a block that multiplies matrices and does not say how often', () => {
    class Unsaid extends Block {
      static className = 'TestUnsaid';
      constructor(options: BlockOptions = {}) {
        super(options);
        this.declare('kernel', [2, 2], constantInit(0));
      }
      protected compute(x: tf.Tensor) {
        return tf.matMul(x, this.parameter('kernel'));
      }
    }
    expect(() => summarize(new Unsaid(), [1, 2])).toThrow(/TestUnsaid: macs must be overridden/);
  });
});
