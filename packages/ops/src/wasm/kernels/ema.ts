import { attributes } from '../../fused/attributes.ts';
import type { WasmKernel } from '../wasm-kernel.ts';
import { allFloat, elements, tensors } from '../wasm-kernel.ts';

/** `DiptychEma`: an exponential moving average after one update, in one pass. */
export const ema: WasmKernel = {
  kernelName: 'DiptychEma',
  covers: allFloat,
  compute: (memory, args) => {
    const { average, values } = tensors(args);
    const { decay } = attributes<{ decay: number }>(args.attrs);
    const next = memory.output(average.shape);
    const addresses = [memory.address(average), memory.address(values), next.address];
    memory.run(
      memory
        .cut(elements(average), 0.5, 16)
        .map(([i, n]) => ['ema', n, 1 - decay, ...addresses.map((at) => at + i * 4)]),
    );
    return next.info;
  },
};
