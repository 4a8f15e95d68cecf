import { kernelSuite } from '../kernels/kernel-suite.ts';
import { attention } from './attention.ts';
import { bundles } from './bundles.ts';
import { dataLoading } from './data-loading.ts';
import { inceptionSuite, momentsSuite } from './inception.ts';
import { matmul } from './matmul.ts';
import { memory } from './memory.ts';
import { selfConditioning } from './self-conditioning.ts';
import type { Suite } from './suite.ts';
import { threadsSuite } from './threads.ts';
import { ditSuite, uvitSuite } from './transformers.ts';
import { edm2Suite, unetSuite } from './unet.ts';
import { vitSuite } from './vit.ts';

/** Every suite, in the order in which they run. */
export const suites: readonly Suite[] = [
  matmul,
  attention,
  kernelSuite,
  vitSuite,
  unetSuite,
  edm2Suite,
  uvitSuite,
  ditSuite,
  threadsSuite,
  inceptionSuite,
  momentsSuite,
  selfConditioning,
  dataLoading,
  memory,
  bundles,
];
