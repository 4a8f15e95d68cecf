import { tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { layers } from '@tensorflow/tfjs-layers';
import { beforeEach, describe, expect, it } from 'vitest';
import { LayerNorm } from '../blocks/norm/layer-norm.ts';
import { Linear } from '../blocks/mlp/linear.ts';
import { Mlp } from '../blocks/mlp/mlp.ts';
import { constantInit, normalInit } from './initialization.ts';
import { Block } from './block.ts';
import type { BlockOptions } from './weight-tree.ts';

interface PairOptions extends BlockOptions {
  /** Whether there is one more part in between. */
  norm?: boolean;
  frozenGain?: boolean;
}

/** y = gain * last(norm?(first(x))), the last layer being one of tfjs. */
class Pair extends Block {
  static className = 'TestPair';
  private readonly first: Mlp;
  private readonly norm?: LayerNorm;
  private readonly last: layers.Layer;

  constructor(options: PairOptions = {}) {
    super(options);
    this.declare('gain', [2], constantInit(3), { trainable: !options.frozenGain });
    this.first = this.part('first', new Mlp({ width: 4 }));
    if (options.norm) this.norm = this.part('norm', new LayerNorm({ width: 4 }));
    this.last = this.part('last', layers.dense({ units: 2, kernelInitializer: 'ones' }), [null, 4]);
  }

  protected compute(x: tf.Tensor): tf.Tensor {
    const hidden = this.first.forward(x);
    return tf.mul(this.last.apply(this.norm ? this.norm.forward(hidden) : hidden) as tf.Tensor, this.parameter('gain'));
  }
}

describe('Block', () => {
  beforeEach(async () => {
    await tf.setBackend('cpu');
    tf.engine().startScope();
    return () => tf.engine().endScope();
  });

  it('gathers the weights of its parts under dotted names, those of tfjs layers included', () => {
    expect(Object.entries(new Pair().variables()).map(([name, { shape }]) => [name, shape])).toEqual([
      ['gain', [2]],
      ['first.fc1.kernel', [4, 16]],
      ['first.fc1.bias', [16]],
      ['first.fc2.kernel', [16, 4]],
      ['first.fc2.bias', [4]],
      ['last.kernel', [4, 2]],
      ['last.bias', [2]],
    ]);
  });

  it('knows shapes before any memory is taken', () => {
    const before = tf.memory().numTensors;
    expect(new Pair().parameterSpecs()['first.fc1.kernel']).toEqual({ shape: [4, 16], trainable: true });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('another part changes no other weight', () => {
    const [a, b] = [new Pair({ seed: 5 }).variables(), new Pair({ seed: 5, norm: true }).variables()];
    for (const name of ['first.fc1.kernel', 'first.fc2.kernel']) expect(b[name].dataSync()).toEqual(a[name].dataSync());
    expect(Object.keys(b)).toContain('norm.gamma');
  });

  it('weights of equal shape begin with different numbers, and other seeds give others', () => {
    class Twins extends Block {
      static className = 'TestTwins';
      constructor(options: BlockOptions) {
        super(options);
        this.declare('a', [8], normalInit(1));
        this.declare('b', [8], normalInit(1));
      }
      protected compute(x: tf.Tensor) {
        return tf.clone(x);
      }
    }
    const [one, two] = [new Twins({ seed: 1 }).variables(), new Twins({ seed: 2 }).variables()];
    expect(one.a.dataSync()).not.toEqual(one.b.dataSync());
    expect(one.a.dataSync()).not.toEqual(two.a.dataSync());
  });

  it('splits its weights by what training changes', () => {
    const block = new Pair({ frozenGain: true });
    expect(Object.keys(block.trainableVariables())).not.toContain('gain');
    expect(Object.keys(block.trainableVariables())).toHaveLength(6);
    expect(block.trainableWeights).toHaveLength(6);
    expect(block.nonTrainableWeights.map(({ shape }) => shape)).toEqual([[2]]);
    expect(block.weights).toHaveLength(7);
    block.trainable = false;
    expect(block.trainableVariables()).toEqual({});
    expect(block.nonTrainableWeights).toHaveLength(7);
  });

  it('freezes and thaws weights by name, those of tfjs layers included', () => {
    const block = new Pair();
    expect(block.setTrainable(/^(gain|last)/, false)).toEqual(['gain', 'last.kernel', 'last.bias']);
    expect(Object.keys(block.trainableVariables())).toEqual([
      'first.fc1.kernel',
      'first.fc1.bias',
      'first.fc2.kernel',
      'first.fc2.bias',
    ]);
    const loss = () => tf.sum(block.forward(tensorOf([2, 4]))) as tf.Scalar;
    expect(Object.keys(tf.variableGrads(loss).grads)).toHaveLength(4);
    block.setTrainable(/bias$/g, false);
    block.setTrainable(/gain/, true);
    expect(Object.keys(block.trainableVariables())).toEqual(['gain', 'first.fc1.kernel', 'first.fc2.kernel']);
  });

  it('a part is built with its root, whoever runs first', () => {
    const [a, b] = [new Pair({ seed: 3 }), new Pair({ seed: 3 })];
    const before = tf.memory().numTensors;
    a.namedBlocks()
      .get('first')!
      .forward(tensorOf([1, 4]));
    expect(a.built).toBe(true);
    expect(a.variables()['first.fc1.kernel'].dataSync()).toEqual(b.variables()['first.fc1.kernel'].dataSync());
    tf.dispose([a, b].map((block) => Object.values(block.variables())));
    expect(tf.memory().numTensors).toBe(before + 2); // the input and the output of the part
  });

  it('getWeights and setWeights carry all weights from one block to another', () => {
    const [a, b] = [new Pair({ seed: 1 }), new Pair({ seed: 2 })];
    const x = tensorOf([3, 4]);
    const expected = a.forward(x).dataSync();
    expect(b.forward(x).dataSync()).not.toEqual(expected);
    b.setWeights(a.getWeights());
    expect(b.forward(x).dataSync()).toEqual(expected);
  });

  it('calls observers with each output until they leave', () => {
    const block = new Pair();
    const seen: unknown[] = [];
    const leave = block.observe((output) => seen.push(output));
    const y = block.forward(tensorOf([1, 4]));
    leave();
    block.forward(tensorOf([1, 4]));
    expect(seen).toEqual([y]);
  });

  it('lists its parts at any depth, inner ones first', () => {
    expect([...new Pair({ norm: true }).namedBlocks().keys()]).toEqual(['first.fc1', 'first.fc2', 'first', 'norm']);
    expect([...new Pair().namedParts().keys()]).toEqual(['first', 'last']);
  });

  it('its configuration makes it again', () => {
    const block = new Pair({ seed: 4, norm: true, name: 'pair' });
    const again = new Pair(block.getConfig() as PairOptions);
    expect(again.getConfig()).toEqual(block.getConfig());
    expect(again.forward(tensorOf([2, 4])).dataSync()).toEqual(block.forward(tensorOf([2, 4])).dataSync());
  });

  it('disposes the weights of the whole tree, once', () => {
    const before = tf.memory().numTensors;
    const unbuilt = new Pair();
    expect(unbuilt.dispose().numDisposedVariables).toBe(0);
    const block = new Pair();
    block.variables();
    expect(tf.memory().numTensors).toBe(before + 7);
    expect(block.dispose().numDisposedVariables).toBe(7);
    expect(tf.memory().numTensors).toBe(before);
    expect(() => block.dispose()).toThrow(/already disposed/);
  });

  it('refuses a name twice, a foreign layer without input shape, and a weight that was not declared', () => {
    class Wrong extends Block {
      static className = 'TestWrong';
      constructor(private readonly fault: 'twice' | 'shapeless' | 'undeclared' | 'shared') {
        super();
        if (fault === 'twice') this.part('a', new Linear({ inputs: 1, outputs: 1 }));
        if (fault === 'twice') this.declare('a', [1], constantInit(0));
        if (fault === 'shared') this.part('b', this.part('a', new Linear({ inputs: 1, outputs: 1 })));
        if (fault === 'shapeless') this.part('a', layers.dense({ units: 1 }));
      }
      protected compute(x: tf.Tensor) {
        return tf.mul(x, this.parameter(this.fault));
      }
    }
    expect(() => new Wrong('twice')).toThrow(/name must be used once/);
    expect(() => new Wrong('shared')).toThrow(/part b must be new, and part of one block only/);
    expect(() => new Wrong('shapeless')).toThrow(/inputShape of the part a must be given/);
    expect(() => new Wrong('undeclared').forward(tensorOf([1]))).toThrow(
      /must be the name of a weight that this block declared/,
    );
  });
});
