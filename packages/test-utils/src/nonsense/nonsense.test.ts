import '@tensorflow/tfjs-backend-cpu';
import { checkOptions, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { callWithNonsense } from './nonsense.ts';

interface Options {
  steps: number;
}

const checked = (options: Options) => checkOptions('checked', options, { steps: rules.required(rules.count) }).steps;
const args = () => [{ steps: 2 }];

describe('callWithNonsense', () => {
  it('finds nothing in a function that checks its options', async () => {
    const { outcomes, faults } = await callWithNonsense([{ name: 'checked', run: checked, args }]);
    expect(faults).toEqual([]);
    expect(outcomes.length).toBeGreaterThan(25);
  });

  it('finds raw errors, what is passed over, and tensors left behind', async () => {
    const raw = (options: Options) => options.steps.toFixed(1);
    const leaky = (options: Options) => {
      const x = tf.scalar(1);
      checked(options);
      return x;
    };
    const found = async (run: (options: Options) => unknown) => {
      const { faults } = await callWithNonsense([{ name: 'f', run: run as never, args }]);
      return faults.map(({ call, became }) => `${call} ${became}`);
    };
    expect(await found(raw)).toEqual(
      expect.arrayContaining(['f(0): null other', 'f(0.steps): "3" other', 'f(0.stepsx): misspelt accepted']),
    );
    expect(await found((options) => options.steps)).toContain('f(0.steps): true accepted');
    expect(await found(leaky)).toContain('f(0.steps): -1 leak');
  });

  it('leaves out what is said to be right', async () => {
    const run = ({ steps }: Options) => checked({ steps: Number.isNaN(steps) ? 1 : steps });
    const call = { name: 'f', run: run as never, args };
    const { faults } = await callWithNonsense([call]);
    expect(faults.map(({ call }) => call)).toContain('f(0.steps): NaN');
    const takes = Object.fromEntries(faults.map(({ call }) => [call.slice(2).replace(')', ''), 'as said']));
    expect((await callWithNonsense([{ ...call, takes }])).faults).toEqual([]);
  });
});
