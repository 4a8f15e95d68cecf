import '@tensorflow/tfjs-backend-cpu';
import { DiptychError } from '@diptych/formats/errors';
import { describe, expect, it } from 'vitest';
import { Linear } from '../blocks/mlp/linear.ts';
import { Mlp } from '../blocks/mlp/mlp.ts';
import { SelfConditioning } from '../conditions/self-conditioning.ts';
import { AutoencoderKL } from '../networks/autoencoder/autoencoder-kl.ts';
import { DiTBlock } from '../networks/dit/dit-block.ts';
import { Edm2UNet } from '../networks/edm2/edm2-unet.ts';
import { UNet } from '../networks/unet/unet.ts';
import { DiT } from '../networks/dit/dit.ts';
import { UViT } from '../networks/uvit/uvit.ts';
import { pickOptions, withDefaults } from './check-options.ts';

const uvit = { image: [4, 4, 1], patch: 2, width: 8, depth: 2, heads: 2 } as const;

describe('options of blocks', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['a misspelt size', () => new UViT({ widht: 3 } as never), /UViT: "widht" is not an option; did you mean width/],
    [
      'a misspelt choice',
      () => new UViT({ ...uvit, longskips: false } as never),
      /"longskips" is not an option; did you mean longSkips/,
    ],
    [
      'a name from elsewhere',
      () => new Linear({ inputs: 1, outputs: 1, colour: 'red' } as never),
      /"colour" is not an option; they are inputs, outputs,/,
    ],
    [
      'a misspelt choice inside another',
      () => new UViT({ ...uvit, selfConditioning: { aftr: 'mid' } } as never),
      /UViT: "aftr" is not an option of selfConditioning; did you mean after/,
    ],
    [
      'a choice that another network has',
      () => new DiT({ ...uvit, depth: 2, selfConditioning: { target: 'extraToken' } } as never),
      /DiT: "target" is not an option of selfConditioning/,
    ],
    [
      'projectors with a misspelt width',
      () => new DiT({ ...uvit, projectors: { afer: 'block.0' } } as never),
      /DiT: "afer" is not an option of projectors; did you mean after/,
    ],
    [
      'a context without end',
      () => new DiT({ ...uvit, context: { size: 3, width: 2 } } as never),
      /DiT: "size" is not an option of context/,
    ],
    [
      'a missing width',
      () => new SelfConditioning({} as never),
      /SelfConditioning: width must be a positive integer, got undefined/,
    ],
    ['a missing width of an MLP', () => new Mlp({} as never), /Mlp: width must be a positive integer/],
    ['no options at all for a UViT', () => new UViT({} as never), /UViT: width must be a positive integer/],
    ['no options at all for a DiT', () => new DiT({} as never), /DiT: width must be a positive integer/],
    ['a name of other libraries', () => new UNet({ num_classes: 3 } as never), /UNet: "num_classes" .* mean classes/],
    [
      'a string',
      () => new Linear({ inputs: '3', outputs: 1 } as never),
      /Linear: inputs must be a positive integer, got "3"/,
    ],
    ['null', () => new Linear({ inputs: 3, outputs: 1, bias: null } as never), /bias must be true or false, got null/],
    [
      'no function',
      () => new Linear({ inputs: 3, outputs: 1, kernelInit: 0 } as never),
      /kernelInit must be a function/,
    ],
    [
      'a seed that is none',
      () => new Linear({ inputs: 3, outputs: 1, seed: 'a' } as never),
      /seed must be a safe integer/,
    ],
    [
      'a choice inside another',
      () => new UViT({ ...uvit, selfConditioning: { stopGradient: 'no' } } as never),
      /UViT: selfConditioning.stopGradient must be true or false/,
    ],
    ...[UNet, Edm2UNet, UViT, DiT, AutoencoderKL, Linear, Mlp, DiTBlock].flatMap((Class) =>
      [undefined, null, 3, 'x', []].map((options): [string, () => unknown, RegExp] => [
        `${JSON.stringify(options)} for the options of ${Class.name}`,
        () => new Class(options as never),
        new RegExp(`${Class.name}: options must be an object with any of `),
      ]),
    ),
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

  it('stand in for absent options, undefined among them, and for no others', () => {
    const given: { width: number; depth?: number; bias?: boolean } = { width: 4, depth: undefined, bias: false };
    expect(withDefaults(given, defaults)).toEqual({ width: 4, depth: 2, bias: false });
    expect(given).toEqual({ width: 4, depth: undefined, bias: false });
  });

  it('name the options that are handed on as a whole', () => {
    expect(pickOptions({ width: 4, depth: 3, heads: 2 }, { depth: true, heads: true })).toEqual({ depth: 3, heads: 2 });
  });
});
