import { key } from '@diptych/core';
import { gelu, silu } from '@diptych/ops';
import { blockCases } from '@diptych/test-utils/models';
import { gradCheck, leakOf, onEachBackend, relativeError, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Block, type AnyBlock } from '../base/block.ts';
import * as base from '../base/index.ts';
import * as conditions from '../conditions/index.ts';
import * as networks from '../networks/index.ts';
import * as blocks from './index.ts';
import { NetworkBlock } from '../base/network-block.ts';
import { registerLayers } from '../state/register-layers.ts';
import { Attention } from './attention/attention.ts';
import { Conv2d } from './convolution/conv2d.ts';
import { CrossAttention } from './attention/cross-attention.ts';
import { FourierEmbedding } from './embedding/fourier-embedding.ts';
import { LabelEmbedding } from './embedding/label-embedding.ts';
import { LayerNorm } from './norm/layer-norm.ts';
import { Linear } from './mlp/linear.ts';
import { GatedMlp } from './mlp/gated-mlp.ts';
import { Mlp } from './mlp/mlp.ts';
import { PatchEmbedding } from './embedding/patch-embedding.ts';
import { DiTBlock } from '../networks/dit/dit-block.ts';
import { Pool } from './attention/pool.ts';
import { RmsNorm } from './norm/rms-norm.ts';
import { rotate, rotaryTables } from './attention/rotary-positions.ts';
import { TimeEmbedding } from './embedding/time-embedding.ts';
import { TransformerBlock } from './attention/transformer-block.ts';

/** Weights away from their first values, the zeros among them. */
function stirred<T extends AnyBlock>(block: T): T {
  Object.values(block.variables()).forEach((v, i) => v.assign(tensorOf(v.shape, i + 1, { scale: 0.5 })));
  return block;
}

/** Exported blocks that are no networks: these have a contract of their own. */
const exported = Object.entries({ ...base, ...blocks, ...conditions, ...networks }).flatMap(([name, value]) => {
  if ((value as unknown) === base.LastAxisBlock) return [];
  const layer = typeof value === 'function' && value.prototype instanceof Block;
  const network = layer && (value.prototype instanceof NetworkBlock || (value as unknown) === NetworkBlock);
  return layer && !network ? [name] : [];
});

it('every exported block has a case here, in tfjs models, and in the list of registered layers', () => {
  expect(exported.length).toBeGreaterThan(15);
  const covered = new Set(blockCases.map(({ name }) => name.split(' ')[0]));
  expect(exported.filter((name) => !covered.has(name))).toEqual([]);
  registerLayers();
  const classes = tf.serialization.SerializationMap.getMap().classNameMap;
  expect(exported.filter((name) => !classes[`Diptych${name}`])).toEqual([]);
});

const tokens = () => tensorOf<tf.Rank.R3>([2, 3, 4], 40);

onEachBackend('blocks', () => {
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  describe('each one', () => {
    const cases = blockCases.map(({ name, make, inputs }) => [name, make, inputs] as const);
    const run = (block: AnyBlock, inputs: tf.Tensor[]) => block.forward(...inputs) as tf.Tensor;

    it.each(cases)('%s: its gradients are those of finite differences', async (_, make, inputs) => {
      const block = stirred(make());
      // Labels have no gradient.
      const given = inputs();
      const floats = given.filter(({ dtype }) => dtype === 'float32');
      const whole = (values: tf.Tensor[]) =>
        given.map((value) => (value.dtype === 'float32' ? values.shift()! : value));
      const checked = floats.length && (await gradCheck((...values) => run(block, whole(values)), floats));
      if (checked) expect(checked.error).toBeLessThan(2e-3);
      // In the weights: along a direction of all of them at once.
      const variables = Object.values(block.trainableVariables());
      if (!variables.length) return;
      const values = variables.map((v) => tf.clone<tf.Tensor>(v));
      const cotangent = tensorOf(run(block, inputs()).shape, 50);
      const loss = () => tf.sum(tf.mul(run(block, inputs()), cotangent)) as tf.Scalar;
      const { grads } = tf.variableGrads(loss, variables);
      const directions = variables.map((v, i) => tensorOf(v.shape, 60 + i));
      const slope = variables.reduce(
        (sum, v, i) => sum + tf.sum(tf.mul(grads[v.name], directions[i])).dataSync()[0],
        0,
      );
      const scale = variables.reduce((sum, v) => sum + tf.sum(tf.abs(grads[v.name])).dataSync()[0], 1);
      const at = (h: number) => {
        variables.forEach((v, i) => v.assign(tf.add(values[i], tf.mul(directions[i], h))));
        return loss().dataSync()[0];
      };
      const difference = (8 * (at(0.01) - at(-0.01)) - (at(0.02) - at(-0.02))) / 0.12;
      expect(Math.abs(slope - difference) / scale).toBeLessThan(1e-3);
    });

    it.each(cases)('%s: says the shape of its output beforehand, and leaves no tensor behind', (_, make, inputs) => {
      const block = make();
      const given = inputs();
      const shapes = given.map(({ shape }) => shape);
      const symbolic = block.computeOutputShape(shapes.length === 1 ? shapes[0] : shapes);
      expect(symbolic).toEqual(run(block, given).shape);
      expect(leakOf(() => run(block, given))).toBe(0);
      expect(leakOf(() => block.apply(given.length === 1 ? given[0] : given) as tf.Tensor)).toBe(0);
    });
  });

  it('Linear: with an activation it is the same while somebody watches it, and with an adapter', () => {
    const block = stirred(new Linear({ inputs: 4, outputs: 5 }));
    const expected = gelu(block.forward(tokens()));
    expect(relativeError(block.activated(tokens(), gelu), expected)).toBeLessThan(1e-6);
    const seen: ArrayLike<number>[] = [];
    const end = block.observe((y) => void seen.push(y.dataSync()));
    expect(block.activated(tokens(), gelu).dataSync()).toEqual(expected.dataSync());
    end();
    expect(seen).toEqual([block.forward(tokens()).dataSync()]);
    block.adapt({ rank: 2 });
    block.variables()['adapterOut'].assign(tensorOf([2, 5], 8));
    expect(relativeError(block.activated(tokens(), gelu), gelu(block.forward(tokens())))).toBeLessThan(1e-6);
    expect(leakOf(() => block.activated(tokens(), gelu))).toBe(1); // the tokens
  });

  it('Attention: is softmax(q k / sqrt(d)) v head by head', () => {
    const block = stirred(new Attention({ width: 4, heads: 2 }));
    const {
      'qkv.kernel': qkv,
      'proj.kernel': proj,
      'proj.bias': bias,
    } = block.variables() as Record<string, tf.Tensor2D>;
    const x = tokens();
    const expected = tf.stack(
      [0, 1].map((b) => {
        const rows = tf.matMul(tf.squeeze(tf.slice(x, [b, 0, 0], [1, 3, 4]), [0]) as tf.Tensor2D, qkv); // [3, q|k|v]
        const heads = [0, 1].map((h) => {
          const [q, k, v] = [0, 4, 8].map((at) => tf.slice(rows, [0, at + 2 * h], [3, 2]));
          return tf.matMul(tf.softmax(tf.div(tf.matMul(q, k, false, true), Math.SQRT2)), v);
        });
        return tf.add(tf.matMul(tf.concat(heads, 1) as tf.Tensor2D, proj), bias);
      }),
    );
    expect(relativeError(block.forward(x), expected)).toBeLessThan(1e-5);
  });

  it('CrossAttention: to its own tokens is Attention, with the same kernels', () => {
    const own = stirred(new Attention({ width: 4, heads: 2 }));
    const cross = new CrossAttention({ width: 4, heads: 2 });
    const {
      'qkv.kernel': qkv,
      'proj.kernel': proj,
      'proj.bias': bias,
    } = own.variables() as Record<string, tf.Tensor2D>;
    const theirs = cross.variables();
    theirs['q.kernel'].assign(tf.slice(qkv, [0, 0], [4, 4]));
    theirs['kv.kernel'].assign(tf.slice(qkv, [0, 4], [4, 8]));
    theirs['proj.kernel'].assign(proj);
    theirs['proj.bias'].assign(bias);
    expect(relativeError(cross.forward(tokens(), tokens()), own.forward(tokens()))).toBeLessThan(1e-5);
    expect(() => cross.forward(tokens(), tf.zeros([2, 3, 5]))).toThrow(/context must be tokens \[2, M, 4\]/);
    expect(() => cross.forward(tokens(), tf.zeros([1, 3, 4]))).toThrow(/context must be tokens/);
  });

  it('FourierEmbedding: is cosines and sines of fixed random frequencies', () => {
    const block = new FourierEmbedding({ width: 400, scale: 3 });
    const f = block.variables().frequencies.dataSync<'float32'>();
    expect(block.trainableVariables()).toEqual({});
    expect(Math.sqrt(f.reduce((sum, x) => sum + x * x, 0) / 200)).toBeCloseTo(3, 0);
    const row = block.forward(tf.tensor1d([0.25])).dataSync();
    expect(row[7]).toBeCloseTo(Math.cos(2 * Math.PI * f[7] * 0.25), 4);
    expect(row[207]).toBeCloseTo(Math.sin(2 * Math.PI * f[7] * 0.25), 4);
    expect(() => new FourierEmbedding({ width: 3 })).toThrow(/width must be an even positive integer/);
  });

  it('TransformerBlock: adds attention and MLP of the normalised tokens, after merging the skip', () => {
    const block = stirred(new TransformerBlock({ width: 4, heads: 2, skip: true }));
    const part = (name: string) => block.namedBlocks().get(name)!;
    const skip = tensorOf<tf.Rank.R3>([2, 3, 4], 44);
    const merged = part('skip').forward(tf.concat([tokens(), skip], 2));
    const mixed = tf.add(merged, part('attn').forward(part('norm1').forward(merged)));
    const expected = tf.add(mixed, part('mlp').forward(part('norm2').forward(mixed)));
    expect(block.forward(tokens(), skip).dataSync()).toEqual(expected.dataSync());
    expect(() => block.forward(tokens())).toThrow(/skip must be given/);
    expect(() => new TransformerBlock({ width: 4, heads: 2 }).forward(tokens(), skip)).toThrow(/skip must be absent/);
  });

  it('PatchEmbedding: is a convolution whose stride is its size', () => {
    const block = stirred(new PatchEmbedding({ image: [4, 6, 3], patch: 2, width: 5 }));
    const x = tensorOf<tf.Rank.R4>([2, 4, 6, 3], 45);
    const { 'proj.kernel': kernel, 'proj.bias': bias } = block.variables();
    const convolved = tf.conv2d(x, tf.reshape(kernel as tf.Tensor, [2, 2, 3, 5]) as tf.Tensor4D, 2, 'valid');
    const expected = tf.reshape(tf.add(convolved, bias), [2, 6, 5]);
    expect(relativeError(block.forward(x), expected)).toBeLessThan(1e-5);
  });

  it('TimeEmbedding: is cosines then sines of falling frequency; with layers, an MLP of these', () => {
    const waves = new TimeEmbedding({ width: 4 }).forward(tf.tensor1d([0.5, 3]));
    const expected = [0.5, 3].flatMap((t) => [Math.cos(t), Math.cos(t / 100), Math.sin(t), Math.sin(t / 100)]);
    expect(relativeError(waves, expected)).toBeLessThan(1e-6);
    expect(() => new TimeEmbedding({ width: 4, frequencies: 6 })).toThrow(/frequencies must be/);
    expect(() => new TimeEmbedding({ width: 4 }).forward(tf.zeros([2, 2]) as never)).toThrow(/noise must be/);
  });

  it('TimeEmbedding: adds augmentation parameters to the sinusoid, none being the zero vector', () => {
    const block = stirred(new TimeEmbedding({ width: 4, augmentation: 3 }));
    const [noise, augmentation] = [tf.tensor1d([0.5, 3]), tensorOf<tf.Rank.R2>([2, 3], 55)];
    const bare = new TimeEmbedding({ width: 4 }).forward(noise);
    expect(block.forward(noise).dataSync()).toEqual(bare.dataSync());
    expect(block.forward(noise, tf.zeros([2, 3])).dataSync()).toEqual(bare.dataSync());
    const kernel = block.variables()['augmentationEmbedding.kernel'] as tf.Tensor2D;
    const expected = tf.add(bare, tf.matMul(augmentation, kernel));
    expect(relativeError(block.forward(noise, augmentation), expected)).toBeLessThan(1e-6);
    expect(block.macs([2])).toEqual({});
    expect(block.macs([2], [2, 3])).toEqual({ augmentationEmbedding: 2 * 3 * 4 });
    expect(() => block.forward(noise, tf.zeros([1, 3]))).toThrow(/augmentation must be of shape \[2, 3\]/);
    expect(() => new TimeEmbedding({ width: 4 }).forward(noise, augmentation)).toThrow(/augmentation must be absent/);
    expect(() => new TimeEmbedding({ width: 4, augmentation: 0 })).toThrow(/augmentation must be a positive integer/);
  });

  it('LabelEmbedding: works with one class and no null class', () => {
    const block = stirred(new LabelEmbedding({ classes: 1, width: 3, nullClass: false }));
    const { table } = block.variables();
    const both = tf.concat([table, table], 0).dataSync();
    expect(block.forward(tf.tensor1d([0, 0], 'int32')).dataSync()).toEqual(both);
    const loss = () => tf.sum(block.forward(tf.tensor1d([0, 0], 'int32'))) as tf.Scalar;
    expect(tf.variableGrads(loss, [table]).grads[table.name].arraySync()).toEqual([[2, 2, 2]]);
  });

  it('LabelEmbedding: picks rows, and in training drops by the key what the probability says', () => {
    const block = stirred(new LabelEmbedding({ classes: 2, width: 3, dropout: 0.25 }));
    const table = block.variables().table.arraySync() as number[][];
    expect(block.forward(tf.tensor1d([1, 0, 2], 'int32')).arraySync()).toEqual([table[1], table[0], table[2]]);
    const many = tf.zeros<tf.Rank.R1>([4000], 'int32');
    const dropped = (seed: number) => {
      const rows = block.forward(many, { training: true, key: key(seed) }).arraySync();
      return rows.map((row) => row[0] === table[2][0]);
    };
    expect(dropped(1).filter(Boolean).length / 4000).toBeCloseTo(0.25, 1);
    expect(dropped(1)).toEqual(dropped(1));
    expect(dropped(1)).not.toEqual(dropped(2));
    expect(leakOf(() => block.apply(tf.zeros([3, 1])) as tf.Tensor)).toBe(1); // the zeros
  });

  it('RmsNorm: divides by the root of the mean square', () => {
    const block = stirred(new RmsNorm({ width: 2, epsilon: 0.5 }));
    const [a, b] = block.variables().gamma.dataSync();
    const root = Math.sqrt((9 + 16) / 2 + 0.5);
    expect(relativeError(block.forward(tf.tensor2d([[3, 4]])), [(3 * a) / root, (4 * b) / root])).toBeLessThan(1e-6);
  });

  it('GatedMlp with gateFirst: gates the second half with SiLU of the first', () => {
    const block = stirred(new GatedMlp({ width: 4, hidden: 3, activation: 'silu', gateFirst: true }));
    const v = block.variables() as Record<string, tf.Tensor2D>;
    const x = tensorOf<tf.Rank.R2>([2, 4], 48);
    const both = tf.add(tf.matMul(x, v['gateValue.kernel']), v['gateValue.bias']);
    const [gate, value] = tf.split(both, 2, 1);
    const expected = tf.add(tf.matMul(tf.mul(tf.mul(gate, tf.sigmoid(gate)), value), v['out.kernel']), v['out.bias']);
    expect(relativeError(block.forward(x), expected)).toBeLessThan(1e-5);
    const { 'mlp.out.kernel': out } = new DiTBlock({ width: 768, heads: 12, mlp: 'swiGlu' }).parameterSpecs();
    expect(out.shape).toEqual([2048, 768]);
  });

  it.each([
    ['gelu', gelu],
    ['silu', silu],
  ] as const)('GatedMlp: multiplies the first half with %s of the second', (activation, f) => {
    const block = stirred(new GatedMlp({ width: 4, hidden: 3, activation }));
    const v = block.variables() as Record<string, tf.Tensor2D>;
    const x = tensorOf<tf.Rank.R2>([2, 4], 48);
    const both = tf.add(tf.matMul(x, v['valueGate.kernel']), v['valueGate.bias']);
    const [value, gate] = tf.split(both, 2, 1);
    const expected = tf.add(tf.matMul(tf.mul(value, f(gate)), v['out.kernel']), v['out.bias']);
    expect(relativeError(block.forward(x), expected)).toBeLessThan(1e-5);
    expect(() => new GatedMlp({ width: 4, activation: 'relu' as never })).toThrow(
      /activation must be one of "gelu", "silu"/,
    );
  });

  it('rotary positions: turn neighbouring channels, rows in the first half and columns in the second', () => {
    const tables = rotaryTables({ rows: 2, columns: 3 }, 8);
    const x = tensorOf<tf.Rank.R4>([1, 6, 1, 8], 49);
    const turned = rotate(x, tables).arraySync()[0];
    const values = x.arraySync()[0];
    for (let token = 0; token < 6; token++) {
      for (const [pair, angle] of [
        Math.floor(token / 3),
        Math.floor(token / 3) / 100,
        token % 3,
        (token % 3) / 100,
      ].entries()) {
        const [a, b] = values[token][0].slice(2 * pair);
        expect(turned[token][0][2 * pair]).toBeCloseTo(a * Math.cos(angle) - b * Math.sin(angle), 5);
        expect(turned[token][0][2 * pair + 1]).toBeCloseTo(b * Math.cos(angle) + a * Math.sin(angle), 5);
      }
    }
    const grid = new Attention({ width: 8, heads: 1, rotary: { rows: 2, columns: 3 } });
    expect(() => grid.forward(tf.zeros([1, 5, 8]))).toThrow(/the 6 tokens of the rotary grid/);
  });

  it('Pool: takes the mean of the tokens it is told, the class token, or passes a vector', () => {
    const x = tf.tensor3d([[[1], [2], [6]]]);
    expect(new Pool().forward(x).dataSync()[0]).toBeCloseTo(3, 6);
    expect(new Pool({ first: 1 }).forward(x).dataSync()[0]).toBeCloseTo(4, 6);
    expect(new Pool({ first: 0, count: 2 }).forward(x).dataSync()[0]).toBeCloseTo(1.5, 6);
    expect(new Pool({ kind: 'cls', classToken: 2 }).forward(x).dataSync()[0]).toBe(6);
    expect(
      new Pool()
        .forward(
          tf.tensor4d([
            [
              [[1], [2]],
              [[3], [6]],
            ],
          ]),
        )
        .dataSync()[0],
    ).toBeCloseTo(3, 6);
    expect(new Pool().forward(tf.tensor2d([[7, 8]])).arraySync()).toEqual([[7, 8]]);
    expect(() => new Pool({ first: 3 }).forward(x)).toThrow(/at least/);
    expect(() => new Pool().forward(tf.zeros([3]))).toThrow(/x must be/);
  });

  it('every block refuses sizes and inputs that do not fit', () => {
    expect(() => new Linear({ inputs: 0, outputs: 2 })).toThrow(/inputs must be a positive integer/);
    expect(() => new Linear({ inputs: 4, outputs: 2 }).forward(tf.zeros([2, 3]))).toThrow(/x must be of shape/);
    expect(() => new LayerNorm({ width: 4 }).forward(tf.zeros([2, 3]))).toThrow(/x must be of shape/);
    expect(() => new LayerNorm({ width: 4, epsilon: 0 })).toThrow(/epsilon must be a finite number > 0/);
    expect(() => new Attention({ width: 4, heads: 3 })).toThrow(/width must be divisible by the 3 heads/);
    expect(() => new Attention({ width: 4, heads: 2 }).forward(tf.zeros([2, 3, 5]))).toThrow(/x must be tokens/);
    expect(() => new Mlp({ width: 4, activation: 'relu' as never })).toThrow(/activation must be one of/);
    expect(() => new Conv2d({ inputs: 1, outputs: 1, size: 2 })).toThrow(/size must be an odd positive integer/);
    expect(() => new Conv2d({ inputs: 2, outputs: 1 }).forward(tf.zeros([1, 4, 4, 1]))).toThrow(/x must be images/);
    expect(() => new PatchEmbedding({ image: [5, 4, 1], patch: 2, width: 4 })).toThrow(/image must be/);
    expect(() => new TimeEmbedding({ width: 8, maxPeriod: 0 })).toThrow(/maxPeriod must be a finite number > 0/);
    expect(() => new TimeEmbedding({ width: 8, hidden: 8, frequencies: 1 })).toThrow(/frequencies must be at least 2/);
    expect(() => new LabelEmbedding({ classes: 0, width: 4 })).toThrow(/classes must be a positive integer/);
    expect(() => new LabelEmbedding({ classes: 2, width: 4, dropout: 1.5 })).toThrow(
      /dropout must be a number in \[0, 1\]/,
    );
  });
});
