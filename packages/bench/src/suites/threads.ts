import { denoiser, edm, heun, karrasSigmas, key, sample } from '@diptych/core';
import { UViT } from '@diptych/models';
import * as tf from '@tensorflow/tfjs-core';
import { clock } from '../clock.ts';
import { compare } from '../compare.ts';
import type { Engine } from '../engines.ts';
import { machine } from '../machine.ts';
import { best } from '../measure.ts';
import type { Net, NetSpecification } from '../nets/net.ts';
import { forwarding, training, type Stepper } from '../nets/training.ts';
import { unetSpecification } from '../nets/unet.ts';
import { vitSpecification } from '../nets/vit.ts';
import { timed, type Result } from '../result.ts';
import type { Suite } from './suite.ts';

/** A piece of work that the threads share. */
interface Work {
  name: string;
  start(): { step(): Promise<unknown>; end(): void };
}

const ofNet = (name: string, { build }: NetSpecification, start: (net: Net) => Stepper): Work => ({
  name,
  start: () => {
    const net = build();
    const stepper = start(net);
    return { step: stepper.step, end: () => (stepper.dispose(), net.dispose()) };
  },
});

/** 64 images of 32x32 by four steps of Heun's method through a U-ViT of width 128. */
const sampling: Work = {
  name: 'sample-64',
  start: () => {
    const network = new UViT({ image: [32, 32, 3], patch: 4, width: 128, depth: 6, heads: 4, seed: 1 });
    const denoise = denoiser(network, edm());
    const options = {
      sigmas: karrasSigmas(4),
      shape: [64, 32, 32, 3] as [number, number, number, number],
      key: key(1),
    };
    const step = async () => {
      const images = await sample(heun(), denoise, options);
      await images.data();
      images.dispose();
    };
    return { step, end: () => tf.dispose(Object.values({ ...network.variables() })) };
  },
};

const works: readonly Work[] = [
  ofNet('vit-train', vitSpecification(), training),
  ofNet('unet-train', unetSpecification(), training),
  ofNet('vit-features', vitSpecification(), forwarding),
  sampling,
];

/** How the times of whole pieces of work fall with the number of threads, on the fastest build. */
export const threadsSuite: Suite = {
  name: 'threads',
  async run(context) {
    const { engines, on, repeat, note, remark } = context;
    const fastest = engines[engines.length - 1];
    const [build] = fastest.name.split('-');
    const cores = fastest.threads > 1 ? machine().cores : 1;
    if (cores === 1) {
      remark('threads is left out: the kernels run on one thread here.');
      return [];
    }
    const counts = [1, 2, 3, 4, 6, 8, 12, 16].filter((count) => count <= cores);
    const results: Result[] = [];
    for (const { name, start } of works) {
      const work = start();
      const sides = counts.map((threads) => {
        const engine: Engine = { name: `${build}-${threads}`, threads, options: { ...fastest.options, threads } };
        return { name: engine.name, once: () => on(engine, () => clock(work.step)) };
      });
      const seconds = await compare(sides, repeat);
      work.end();
      const [alone] = sides;
      for (const side of sides.slice(1)) {
        results.push(timed(`${name}/${side.name}/${alone.name}`, best(seconds[side.name]), best(seconds[alone.name])));
      }
      note(
        `${name}: ${sides.map((side) => `${side.name} ${(best(seconds[side.name]) * 1000).toFixed(0)} ms`).join(', ')}`,
      );
    }
    return results;
  },
};
