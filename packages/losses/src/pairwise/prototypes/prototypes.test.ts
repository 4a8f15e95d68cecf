import { gradCheck, leakOf, onEachBackend, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { Center } from './center.ts';
import { centeredSoftmax } from './centered-softmax.ts';
import { dinoLoss } from './dino-loss.ts';
import { ibotLoss } from './ibot-loss.ts';

onEachBackend('DINO and iBOT', () => {
  const number = (fn: () => tf.Scalar) => tf.tidy(() => fn().dataSync()[0]);
  const uniform = (b: number, k: number) => tf.fill<tf.Rank.R2>([b, k], 1 / k);

  it('dinoLoss(): is ln K when both are uniform, and the entropy of the teacher when the student agrees with it', () => {
    const flat = () => tf.zeros<tf.Rank.R2>([3, 7]);
    expect(number(() => dinoLoss([flat(), flat()], [uniform(3, 7), uniform(3, 7)]))).toBeCloseTo(Math.log(7), 5);
    const p = [0.5, 0.25, 0.25];
    const logits = () => tf.tensor2d([p.map((v) => 0.2 * Math.log(v))]);
    const entropy = -p.reduce((sum, v) => sum + v * Math.log(v), 0);
    const loss = number(() =>
      dinoLoss([flat(), logits()].slice(1), [tf.tensor2d([p])], { temperature: 0.2, pairs: () => true }),
    );
    expect(loss).toBeCloseTo(entropy, 5);
  });

  it('dinoLoss(): takes the mean over exactly the pairs that count', () => {
    const peaked = (k: number, b = 2) => tf.mul(tf.oneHot(tf.fill([b], k, 'int32'), 3), 1) as tf.Tensor2D;
    const zeros = () => tf.zeros<tf.Rank.R2>([2, 3]);
    const student = () => [tf.cast(peaked(0), 'float32'), zeros(), zeros()] as tf.Tensor2D[];
    const teacher = () => [uniform(2, 3), tf.cast(peaked(0), 'float32')] as tf.Tensor2D[];
    const z = Math.log(Math.exp(10) + 2);
    // Pairs (0, 1), (0, 2): ln 3; (1, 0): the peaked student at T = 0.1; (1, 2): ln 3.
    expect(number(() => dinoLoss(student(), teacher()))).toBeCloseTo((3 * Math.log(3) + (z - 10)) / 4, 5);
    expect(number(() => dinoLoss(student(), teacher(), { pairs: (t, s) => t === 0 && s === 0 }))).toBeCloseTo(
      z - 10 / 3,
      4,
    );
  });

  it('keeps the teacher out of the gradient', () => {
    tf.tidy(() => {
      const teacher = tf.variable(tensorOf([4, 5], 1)) as unknown as tf.Variable<tf.Rank.R2>;
      const student = tf.variable(tensorOf([4, 5], 2)) as unknown as tf.Variable<tf.Rank.R2>;
      const center = tf.zeros<tf.Rank.R1>([5]);
      const { grads } = tf.variableGrads(
        () => dinoLoss([student], [centeredSoftmax(teacher as tf.Tensor2D, { center })], { pairs: () => true }),
        [teacher, student],
      );
      expect(grads[teacher.name] ?? null).toBeNull();
      expect(tf.max(tf.abs(grads[student.name])).dataSync()[0]).toBeGreaterThan(0.01);
      tf.dispose([teacher, student]);
    });
  });

  it('centeredSoftmax(): sharpens with a low temperature and is uniform where the logits are the center', () => {
    tf.tidy(() => {
      const center = tf.tensor1d([1, 2, 4]);
      for (const p of centeredSoftmax(tf.tensor2d([[1, 2, 4]]), { center }).dataSync()) expect(p).toBeCloseTo(1 / 3, 6);
      const sharp = centeredSoftmax(tf.tensor2d([[1.1, 2, 4]]), { center, temperature: 0.01 }).dataSync();
      expect(sharp[0]).toBeCloseTo(1 / (1 + 2 * Math.exp(-10)), 5);
    });
  });

  it('Center: moves by 1 - momentum towards the mean over everything but the last axis, and is one variable', () => {
    const before = tf.memory().numTensors;
    const center = new Center(2, { momentum: 0.75 });
    tf.tidy(() => center.move(tf.tensor3d([1, 10, 3, 10, 5, 20, 7, 40], [2, 2, 2])));
    expect(Array.from(center.value.dataSync())).toEqual([1, 5]);
    expect(tf.memory().numTensors).toBe(before + 1);
    expect(center.variables()).toEqual({ center: center.value });
    center.dispose();
  });

  it('ibotLoss(): is the same of all patches with a mask and of the hidden ones alone, and ln K on flat logits however many are hidden', () => {
    tf.tidy(() => {
      const student = tensorOf([2, 4, 5], 1) as tf.Tensor3D;
      const teacher = tf.softmax(tensorOf([2, 4, 5], 2)) as tf.Tensor3D;
      const mask = tf.tensor2d([0, 1, 0, 1, 1, 0, 0, 0], [2, 4]);
      const rows = (x: tf.Tensor3D) => tf.gather(tf.reshape(x, [8, 5]), tf.tensor1d([1, 3, 4], 'int32')) as tf.Tensor2D;
      const dense = ibotLoss(student, teacher, { mask }).dataSync()[0];
      expect(ibotLoss(rows(student), rows(teacher), { hidden: [2, 1] }).dataSync()[0]).toBeCloseTo(dense, 5);
      const flat = tf.zeros<tf.Rank.R3>([2, 4, 5]);
      expect(ibotLoss(flat, teacher, { mask }).dataSync()[0]).toBeCloseTo(Math.log(5), 5);
      expect(ibotLoss(flat, teacher).dataSync()[0]).toBeCloseTo(Math.log(5), 5);
      const every = ibotLoss(student, teacher).dataSync()[0];
      expect(ibotLoss(student, teacher, { mask: tf.ones([2, 4]) }).dataSync()[0]).toBeCloseTo(every, 6);
      const list = (x: tf.Tensor3D) => tf.reshape(x, [8, 5]) as tf.Tensor2D;
      expect(ibotLoss(list(student), list(teacher)).dataSync()[0]).toBeCloseTo(every, 6);
      const half = tf.tensor2d([0, 1, 0, 1, 0, 0, 0, 0], [2, 4]); // the second image hides nothing: half of the mean is 0
      expect(ibotLoss(flat, teacher, { mask: half }).dataSync()[0]).toBeCloseTo(Math.log(5) / 2, 5);
    });
  });

  it('has the gradients that finite differences find, and leaks nothing', async () => {
    const teacher = tf.tidy(() => tf.softmax(tensorOf([4, 5], 3)) as tf.Tensor2D);
    const student = [tensorOf([4, 5], 1), tensorOf([4, 5], 2)];
    const f = (...crops: tf.Tensor[]) => dinoLoss(crops as tf.Tensor2D[], [teacher, teacher]);
    expect((await gradCheck(f, student, { step: 0.003 })).error).toBeLessThan(5e-3);
    expect(leakOf(() => tf.grads(f)(student))).toBe(0);
    tf.dispose([teacher, student]);
  });

  it('refuses no pairs, shapes that differ, temperatures not above 0, masks and centers that do not fit', () => {
    tf.tidy(() => {
      const x = (b: number, k: number) => tf.ones<tf.Rank.R2>([b, k]);
      expect(() => dinoLoss([x(2, 3)], [x(2, 3)])).toThrow(/dinoLoss: pairs must be true for at least one pair/);
      expect(() => dinoLoss([x(2, 3), x(2, 4)], [x(2, 3)])).toThrow(/dinoLoss: crop must be of shape \[2, 3\]/);
      expect(() => dinoLoss([x(2, 3), x(2, 3)], [x(2, 3)], { temperature: 0 })).toThrow(/dinoLoss: temperature/);
      expect(() => centeredSoftmax(x(2, 3), { center: tf.zeros([4]) })).toThrow(/centeredSoftmax: center/);
      expect(() => centeredSoftmax(x(2, 3), { center: tf.zeros([3]), temperature: -1 })).toThrow(/temperature/);
      expect(() => new Center(0)).toThrow(/Center: width/);
      expect(() => new Center(3, { momentum: 1.5 })).toThrow(/Center: momentum/);
      const tokens = tf.ones<tf.Rank.R3>([2, 4, 3]);
      expect(() => ibotLoss(tokens, tokens, { mask: x(2, 3) })).toThrow(/ibotLoss: mask must be of shape \[2, 4\]/);
      expect(() => ibotLoss(tokens, tf.ones([2, 4, 5]), { mask: x(2, 4) })).toThrow(/ibotLoss: teacher/);
      expect(() => ibotLoss(x(3, 2), x(3, 2), { hidden: [1, 1] })).toThrow(/ibotLoss: hidden must be .* 3 in all/);
      expect(() => ibotLoss(x(3, 2), x(3, 2), { hidden: [4, -1] })).toThrow(
        /hidden must be an array of which each is an integer >= 0, got \[4, -1\]/,
      );
      expect(() => ibotLoss(x(3, 2), x(3, 2), { mask: x(3, 2) })).toThrow(/mask must be left out for a list/);
      expect(() => ibotLoss(tokens, tokens, { hidden: [4, 4] })).toThrow(/hidden must be left out for all patches/);
      expect(() => ibotLoss(tokens, tokens, { temperature: 0 })).toThrow(/temperature must be a finite number > 0/);
    });
  });
});
