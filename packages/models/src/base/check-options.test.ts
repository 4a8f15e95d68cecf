import '@tensorflow/tfjs-backend-cpu';
import { DiptychError } from '@diptych/formats/errors';
import { describe, expect, it } from 'vitest';
import { Linear } from '../blocks/mlp/linear.ts';
import { Mlp } from '../blocks/mlp/mlp.ts';
import { SelfConditioning } from '../conditions/self-conditioning.ts';
import { DiT } from '../networks/dit/dit.ts';
import { UViT } from '../networks/uvit/uvit.ts';
import { pickOptions, withDefaults } from './check-options.ts';

const uvit = { image: [4, 4, 1], patch: 2, width: 8, depth: 2, heads: 2 } as const;

describe('options of blocks', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['a misspelt size', () => new UViT({ widht: 3 } as never), /UViT: options must be .* such as width, got "widht"/],
    ['a misspelt choice', () => new UViT({ ...uvit, longskips: false } as never), /such as longSkips, got "longskips"/],
    [
      'a name from elsewhere',
      () => new Linear({ inputs: 1, outputs: 1, colour: 'red' } as never),
      /known names: inputs, outputs,/,
    ],
    [
      'a misspelt choice inside another',
      () => new UViT({ ...uvit, selfConditioning: { aftr: 'mid' } } as never),
      /UViT: selfConditioning must be .* such as after/,
    ],
    [
      'a choice that another network has',
      () => new DiT({ ...uvit, depth: 2, selfConditioning: { target: 'extraToken' } } as never),
      /DiT: selfConditioning must be .*got "target"/,
    ],
    [
      'projectors with a misspelt width',
      () => new DiT({ ...uvit, projectors: { afer: 'block.0' } } as never),
      /DiT: projectors .* after/,
    ],
    [
      'a context without end',
      () => new DiT({ ...uvit, context: { size: 3, width: 2 } } as never),
      /DiT: context must be/,
    ],
    [
      'a missing width',
      () => new SelfConditioning({} as never),
      /SelfConditioning: width must be a positive integer, got undefined/,
    ],
    ['a missing width of an MLP', () => new Mlp({} as never), /Mlp: width must be a positive integer/],
    ['no options at all for a UViT', () => new UViT({} as never), /UViT: width must be a positive integer/],
    ['no options at all for a DiT', () => new DiT({} as never), /DiT: width must be a positive integer/],
    [
      'half precision',
      () => new UViT({ ...uvit, dtype: 'float16' } as never),
      /UViT: dtype must be absent.*half precision, got "float16"/,
    ],
    ['brain floats', () => new Linear({ inputs: 1, outputs: 1, dtype: 'bfloat16' as never }), /dtype must be/],
  ])('refuses %s', (_, make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(expect.toSatisfy(DiptychError.isInstance));
  });

  it('takes its own, those of tfjs, and absent ones', () => {
    expect(
      () => new Linear({ inputs: 1, outputs: 1, name: 'x', trainable: false, inputShape: [1], dtype: 'float32' }),
    ).not.toThrow();
    expect(() => new UViT({ ...uvit, classes: undefined, selfConditioning: undefined })).not.toThrow();
  });
});

describe('defaults', () => {
  const defaults = { width: undefined, depth: 2, bias: true };

  it('stand in for absent options, undefined and null among them, and for no others', () => {
    const given: { width: number; depth?: number; bias?: boolean } = { width: 4, depth: undefined, bias: false };
    expect(withDefaults(given, defaults)).toEqual({ width: 4, depth: 2, bias: false });
    expect(withDefaults({ width: 4, bias: null }, defaults)).toEqual({ width: 4, depth: 2, bias: true });
    expect(given).toEqual({ width: 4, depth: undefined, bias: false });
  });

  it('name the options that are handed on as a whole', () => {
    expect(pickOptions({ width: 4, depth: 3, heads: 2 }, { depth: true, heads: true })).toEqual({ depth: 3, heads: 2 });
  });
});
