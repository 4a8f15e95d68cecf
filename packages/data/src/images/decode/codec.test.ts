import { refuseFile } from '@diptych/formats/errors';
import { describe, expect, it } from 'vitest';
import { codec } from './codec.ts';

describe('codec', () => {
  it('decodes the bytes as they were at the call, however late their turn comes', async () => {
    const one = async (file: ArrayBuffer) => ({ data: new Uint8ClampedArray(file), width: 1, height: 1 });
    const program = '@jsquash/webp/codec/dec/webp_dec.wasm';
    const decode = codec(program, async () => ({
      default: one,
      init: async () => undefined,
    }));
    const refuse = refuseFile('decodeAny', 'a');
    const bytes = new Uint8Array(4);
    const pictures = [1, 2, 3].map((level) => decode(bytes.fill(level), refuse));
    bytes.fill(9);
    expect((await Promise.all(pictures)).map(({ data }) => Array.from(data))).toEqual([
      [1, 1, 1, 1],
      [2, 2, 2, 2],
      [3, 3, 3, 3],
    ]);
  });
});
