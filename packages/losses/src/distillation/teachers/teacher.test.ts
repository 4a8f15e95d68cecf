import { FakeNetwork } from '@diptych/test-utils/losses';
import { onEachBackend } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { momentumTeacher } from './momentum-teacher.ts';
import { samplingEmaTeacher } from './sampling-ema-teacher.ts';
import { studentTeacher } from './student-teacher.ts';

onEachBackend('teachers', () => {
  it('momentumTeacher(): copies the network, follows it at the momentum of the step, frees its copies', () => {
    const network = new FakeNetwork();
    const before = tf.memory().numTensors;
    const teacher = momentumTeacher((step) => (step === 0 ? 0.5 : 1));
    expect(() => teacher.weights({})).toThrow('momentumTeacher: setup must be called before use');
    teacher.setup(network);
    const { bias } = network.variables();
    const value = () => teacher.weights({})!['bias'].dataSync()[0];
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
    expect(() => teacher.setup(network)).toThrow('momentumTeacher: setup was called a second time');
    teacher.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('samplingEmaTeacher() and studentTeacher(): hold nothing, are the EMA and the student', () => {
    const sampling = samplingEmaTeacher({ headMomentum: 0.9 });
    const ema = {};
    expect(sampling.weights({ ema })).toBe(ema);
    expect(() => sampling.weights({})).toThrow('samplingEmaTeacher: training keeps no EMA');
    expect([sampling.headMomentum(3), samplingEmaTeacher().headMomentum(3)]).toEqual([0.9, 0.99]);
    expect(samplingEmaTeacher({ headMomentum: (step) => step / 10 }).headMomentum(3)).toBe(0.3);
    expect([sampling.variables(), studentTeacher().variables()]).toEqual([{}, {}]);
    expect([studentTeacher().weights({ ema }), studentTeacher().headMomentum(0)]).toEqual([undefined, 0]);
  });

  it('momentumTeacher() and samplingEmaTeacher(): take a number for a momentum that stays, and refuse one outside [0, 1]', () => {
    expect([0, 7, 1e6].map(momentumTeacher(0.99).headMomentum)).toEqual([0.99, 0.99, 0.99]);
    expect(() => momentumTeacher(1.01)).toThrow(
      'momentumTeacher: momentum must be a number in [0, 1], or a function, got 1.01',
    );
    expect(() => momentumTeacher(() => NaN)).toThrow(/momentumTeacher: momentum/);
    expect(() => samplingEmaTeacher({ headMomentum: -0.1 })).toThrow(/samplingEmaTeacher: headMomentum/);
    const network = new FakeNetwork();
    const late = momentumTeacher((step) => 1 + step);
    late.setup(network);
    expect(() => late.afterStep({ network, step: 1 })).toThrow(/share must be a number in \[0, 1\], got -1/);
    late.dispose();
    network.dispose();
  });
});
