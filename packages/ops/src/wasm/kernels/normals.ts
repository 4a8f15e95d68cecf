import { attributes } from '../../fused/attributes.ts';
import type { WasmKernel } from '../wasm-kernel.ts';

interface Normals {
  shape: readonly number[];
  /** The two words of a Threefry key. */
  key: readonly [number, number];
}

/**
 * `DiptychNormals`, no inputs; attributes key [2 words] and shape, one output: number i is the normal quantile of the uniform that
 * `uniformArray(key, n)` of `@diptych/core` has at place i, in double and rounded to float32.
 */
export const normals: WasmKernel = {
  kernelName: 'DiptychNormals',
  covers: () => true,
  compute: (memory, args) => {
    const { shape, key } = attributes<Normals>(args.attrs);
    const y = memory.output(shape);
    const count = shape.reduce((product, size) => product * size, 1);
    memory.run(memory.cut(count, 30, 4).map(([from, n]) => ['normals', n, key[0], key[1], from, y.address + from * 4]));
    return y.info;
  },
};
