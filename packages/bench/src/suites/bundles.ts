import { bundleSize } from '../bundle/bundle-size.ts';
import { sized, type Result } from '../result.ts';
import type { Suite } from './suite.ts';

const whole = ['formats', 'core', 'ops', 'models', 'losses', 'data', 'eval', 'trainer'];

/** What our packages add to an application: minified and gzipped, tfjs left out; against the budgets where there is one. */
export const bundles: Suite = {
  name: 'bundles',
  async run({ note, remark }) {
    const results: Result[] = [];
    const sizes: string[] = [];
    const add = async (what: string, code: string, budget?: number) => {
      const size = (await bundleSize(code)) / 1000;
      sizes.push(`${what} ${size.toFixed(1)} kB`);
      note(sizes.at(-1)!);
      if (budget) results.push(sized(`bundle-${what}/min-gzip/budget`, size, budget, 'kB'));
    };
    await add('karrasSigmas', `export { karrasSigmas } from '@diptych/core';`, 3);
    await add('sampler', `export { sample, heun, karrasSigmas, key, denoiser, edm } from '@diptych/core';`, 12);
    for (const name of whole) await add(name, `export * from '@diptych/${name}';`);
    await add('ops/wasm', `export * from '@diptych/ops/wasm';`);
    remark(`Bundles, minified and gzipped, without tfjs: ${sizes.join(', ')}.`);
    return results;
  },
};
