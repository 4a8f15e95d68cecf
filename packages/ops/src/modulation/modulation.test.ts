import * as tf from '@tensorflow/tfjs-core';
import { onEachBackend } from '@diptych/test-utils/ops';
import { expect, it } from 'vitest';
import { swiGlu } from '../activations/swi-glu.ts';
import { DiptychError } from '@diptych/formats/errors';
import { rmsNorm } from '../norm/rms-norm.ts';
import { gatedAdd } from './gated-add.ts';
import { modulate } from './modulate.ts';

const values = async (make: () => tf.Tensor) => {
  const before = tf.memory().numTensors;
  const y = tf.tidy(make);
  const data = Array.from(await y.data());
  y.dispose();
  expect(tf.memory().numTensors).toBe(before);
  return data.map((value) => Number(value.toFixed(5)));
};
const refuses = (act: () => unknown) => expect(act).toThrowError(expect.toSatisfy(DiptychError.isInstance));

onEachBackend('modulation, gated residuals, RMS norm and SwiGLU', () => {
  it('modulate() is x (1 + scale) + shift, the same for all tokens of a sample', async () => {
    const x = () => tf.tensor3d([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]);
    const scale = () => tf.tensor2d([1, 0, -1, 2], [2, 2]);
    expect(await values(() => modulate(x(), scale()))).toEqual([2, 2, 6, 4, 0, 18, 0, 24]);
    const shift = () => tf.tensor2d([10, 20, 30, 40], [2, 2]);
    expect(await values(() => modulate(x(), scale(), shift()))).toEqual([12, 22, 16, 24, 30, 58, 30, 64]);
  });

  it('gatedAdd() is x + gate branch, and x where the gate is shut', async () => {
    const tokens = () => tf.tensor3d([1, 2, 3, 4], [1, 2, 2]);
    expect(await values(() => gatedAdd(tokens(), tokens(), tf.tensor2d([[0, 2]])))).toEqual([1, 6, 3, 12]);
  });

  it('rmsNorm() divides by the root of the mean square', async () => {
    expect(await values(() => rmsNorm(tf.tensor2d([[1, 7]]), tf.tensor1d([1, 2])))).toEqual([0.2, 2.8]);
  });

  it('swiGlu() gates the second half by the SiLU of the first', async () => {
    expect(await values(() => swiGlu(tf.tensor1d([1, 0, 3, 5])))).toEqual([2.19318, 0]);
  });

  it('refuse what does not fit', () => {
    const x = tf.zeros([1, 2, 4]) as tf.Tensor3D;
    const row = tf.zeros([1, 3]) as tf.Tensor2D;
    const gamma = tf.zeros([3]) as tf.Tensor1D;
    refuses(() => modulate(row as never, row));
    refuses(() => modulate(x, row));
    refuses(() => modulate(x, tf.zeros([1, 4]), row));
    refuses(() => gatedAdd(row as never, x, row));
    refuses(() => gatedAdd(x, tf.zeros([1, 2, 3]), row));
    refuses(() => gatedAdd(x, x, row));
    refuses(() => rmsNorm(x, gamma));
    refuses(() => rmsNorm(row, gamma, { epsilon: 0 }));
    refuses(() => rmsNorm(tf.scalar(1), gamma));
    refuses(() => swiGlu(row));
    tf.disposeVariables();
  });
});
