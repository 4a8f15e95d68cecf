import { describe, expect, it } from 'vitest';
import { checkOptions, rules } from './options.ts';

interface Example {
  steps: number;
  churn?: number;
  learningRate?: number;
  beta1?: number;
  beta2?: number;
  onStep?: () => void;
  levels?: readonly number[];
  order?: 1 | 2;
  network?: object;
}

const check = (options: unknown) =>
  checkOptions<Example>('example', options as Example, {
    steps: rules.required(rules.count),
    churn: rules.nonNegative,
    learningRate: rules.positive,
    beta1: rules.share,
    beta2: rules.share,
    onStep: rules.callback,
    levels: rules.list(rules.positive),
    order: rules.oneOf(1, 2),
    network: rules.having('a network', 'forward'),
  });

describe('checkOptions', () => {
  it('gives back options that follow the rules, absent ones as they are', () => {
    const options = {
      steps: 3,
      churn: undefined,
      onStep: () => {},
      levels: new Float32Array([2, 1]),
      network: { forward: 1 },
    };
    expect(check(options)).toBe(options);
  });

  it.each<[unknown, string]>([
    [{}, 'example: steps must be a positive integer, got undefined'],
    [{ steps: '3' }, 'example: steps must be a positive integer, got "3"'],
    [{ steps: 3, churn: null }, 'example: churn must be a finite number >= 0, got null'],
    [{ steps: 3, order: 3 }, 'example: order must be one of 1, 2, got 3'],
    [{ steps: 3, levels: [1, 0] }, 'example: levels must be an array of which each is a finite number > 0, got [1, 0]'],
    [{ steps: 3, onStep: 7 }, 'example: onStep must be a function, got 7'],
    [{ steps: 3, network: { variables: 1 } }, 'example: network must be a network, got {variables}'],
    [{ stpes: 3 }, 'example: "stpes" is not an option; did you mean steps?'],
    [{ S_churn: 3 }, 'example: "S_churn" is not an option; did you mean churn?'],
    [{ lr: 3 }, 'example: "lr" is not an option; did you mean learningRate?'],
    [{ learning_rate: 3 }, 'example: "learning_rate" is not an option; did you mean learningRate?'],
    [{ betas: [0, 1] }, 'example: "betas" is not an option; did you mean beta1 or beta2?'],
    [{ num_inference_steps: 3 }, 'example: "num_inference_steps" is not an option; did you mean steps?'],
    [
      { color: 3 },
      'example: "color" is not an option; they are steps, churn, learningRate, beta1, beta2, onStep, levels, order, network',
    ],
  ])('refuses %j', (options, message) => {
    expect(() => check(options)).toThrow(message);
  });

  it.each([null, 18, 'edm', [1, 2], new Float32Array(2)])('refuses what is no object of options: %j', (options) => {
    expect(() => check(options)).toThrow(/^example: options must be an object with any of steps, churn/);
  });

  it('says of options within options where they are', () => {
    const inner = { churn: rules.nonNegative };
    const within = (options: object) => checkOptions<Pick<Example, 'churn'>>('example', options, inner, 'pieces[1]');
    expect(() => within({ churn: -1 })).toThrow('example: pieces[1].churn must be a finite number >= 0, got -1');
    expect(() => within({ chrun: 1 })).toThrow('example: "chrun" is not an option of pieces[1]; did you mean churn?');
  });

  it.each([new Date(0), new Map(), Promise.resolve()])(
    'refuses %s, which would pass as no options at all',
    (options) => {
      expect(() => check(options)).toThrow('example: options must be an object with any of');
    },
  );

  it('takes an object of a class of the user', () => {
    class Mine {
      steps = 3;
    }
    expect(check(new Mine()).steps).toBe(3);
  });
});
