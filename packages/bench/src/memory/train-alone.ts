/** A process of its own that trains one network for three steps and prints the most memory it took: `train-alone.ts NAME`. */
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { installWasmKernels } from '@diptych/ops/wasm';
import { specifications } from '../nets/specifications.ts';
import { training } from '../nets/training.ts';
import { peakRss } from './peak-rss.ts';

const [name] = process.argv.slice(2);
await tf.setBackend('wasm');
await tf.ready();
await installWasmKernels();
const steps = training(specifications[name]().build());
for (let i = 0; i < 3; i++) await steps.step();
console.log(JSON.stringify({ peakMiB: peakRss() }));
