/**
 * The search of the layer of self-conditioning that docs/choose/architecture.md reports: a small U-ViT on the UCI digits.
 *
 *     TSX_TSCONFIG_PATH=tsconfig.json npx tsx packages/test-utils/src/models/measure-layers.ts [--steps 400] [--out docs/images/architecture-layers.svg]
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { edm, key } from '@diptych/core';
import { toBatch, batches, digitSplits } from '@diptych/data';
import { denoisingLoss } from '@diptych/losses';
import { UViT } from '@diptych/models';
import { pickBackend } from '@diptych/ops';
import { layerSearch } from '@diptych/eval/study';
import { adamW, train, validationLoss, warmupCosine } from '@diptych/trainer';

const { values: flags } = parseArgs({
  options: { steps: { type: 'string', default: '400' }, out: { type: 'string' } },
});
await pickBackend();
const steps = Number(flags.steps);
const splits = digitSplits();
const initialStd = { linear: 0.14, positions: 0.5 };
const size = { image: [8, 8, 1], patch: 2, width: 48, depth: 4, heads: 4, initialStd, seed: 1 } as const;
const batch = await toBatch(splits.validation);
const search = await layerSearch({
  layers: ['in.0', 'in.1', 'mid', 'out.0'],
  network: (after) => new UViT({ ...size, selfConditioning: after ? { after } : undefined }),
  training: {
    objective: denoisingLoss(edm({ sigmaData: 0.75, pMean: -0.4, pStd: 1 })),
    data: batches(splits.train, { batchSize: 32, key: key(1) }),
    optimizer: adamW({ beta2: 0.99 }),
    learningRate: warmupCosine({ rate: 3e-3, warmup: Math.min(50, steps >> 1), steps }),
    ...{ ema: 0.99, clip: 1, key: key(2), steps },
  },
  train,
  heldOutLoss: ({ network, weights, training: { objective } }) =>
    validationLoss({ network, objective, weights, batch }),
});
console.log(String(search));
console.log(`lowest held-out loss: ${search.best}`);
if (flags.out) writeFileSync(flags.out, await search.plot());
