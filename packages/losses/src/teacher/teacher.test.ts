import { FakeNetwork } from '@diptych/test-utils/losses';
import { onEachBackend } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { constantMomentum } from '../schedules/constant-momentum.ts';
import { momentumTeacher } from './momentum-teacher.ts';
import { moveTowards } from './move-towards.ts';
import { samplingEmaTeacher } from './sampling-ema-teacher.ts';
import { studentTeacher } from './student-teacher.ts';

onEachBackend('teachers', () => {
  it('moveTowards(): takes m of the teacher and 1 - m of the student, copies integers, leaks nothing', () => {
    const of = (value: number, count: number) => ({
      w: tf.variable(tf.tensor1d([value, 2 * value])),
      n: tf.variable(tf.scalar(count, 'int32'), false),
    });
    const [teacher, student] = [of(1, 3), of(5, 8)];
    const before = tf.memory().numTensors;
    moveTowards(teacher, student, 0.75);
    expect(Array.from(teacher.w.dataSync())).toEqual([2, 4]);
    expect([teacher.n.dataSync()[0], teacher.n.dtype]).toEqual([8, 'int32']);
    moveTowards(teacher, student, 1);
    expect(Array.from(teacher.w.dataSync())).toEqual([2, 4]);
    moveTowards(teacher, student, 0);
    expect(Array.from(teacher.w.dataSync())).toEqual([5, 10]);
    expect(Array.from(student.w.dataSync())).toEqual([5, 10]);
    expect(tf.memory().numTensors).toBe(before);
    expect(() => moveTowards(teacher, student, 1.1)).toThrow(/moveTowards: momentum must be in \[0, 1\]/);
    expect(() => moveTowards(teacher, {}, 0.5)).toThrow(/moveTowards: student/);
    tf.dispose([teacher, student]);
  });

  it('momentumTeacher(): copies the network, follows it at the momentum of the step, frees its copies', () => {
    const network = new FakeNetwork();
    const before = tf.memory().numTensors;
    const teacher = momentumTeacher((step) => (step === 0 ? 0.5 : 1));
    expect(() => teacher.weights({})).toThrow(/set up before it is used/);
    teacher.setup(network);
    const { bias } = network.variables();
    const value = () => teacher.weights({})!['bias']!.dataSync()[0]!;
    const was = value();
    expect(was).toBe(bias!.dataSync()[0]);
    tf.tidy(() => bias!.assign(tf.add(bias!, 2)));
    expect(value()).toBe(was);
    teacher.afterStep({ network, step: 0 });
    expect(value()).toBeCloseTo(was + 1, 6);
    teacher.afterStep({ network, step: 1 });
    expect(value()).toBeCloseTo(was + 1, 6);
    expect(teacher.headMomentum(0)).toBe(0.5);
    expect(Object.keys(teacher.variables())).toEqual(Object.keys(network.variables()));
    expect(Object.values(teacher.variables()).some((of) => of.trainable)).toBe(false);
    expect(() => teacher.setup(network)).toThrow(/used by one objective only/);
    teacher.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('samplingEmaTeacher() and studentTeacher(): hold nothing, are the EMA and the student', () => {
    const sampling = samplingEmaTeacher({ headMomentum: constantMomentum(0.9) });
    const ema = {};
    expect(sampling.weights({ ema })).toBe(ema);
    expect(() => sampling.weights({})).toThrow(/samplingEmaTeacher: context.ema/);
    expect([sampling.headMomentum(3), samplingEmaTeacher().headMomentum(3)]).toEqual([0.9, 0.99]);
    expect([sampling.variables(), studentTeacher().variables()]).toEqual([{}, {}]);
    expect([studentTeacher().weights({ ema }), studentTeacher().headMomentum(0)]).toEqual([undefined, 0]);
  });
});
