/**
 * A small training in a process of its own, which may be killed at any moment and started again with the same arguments:
 * `training.ts <folder> <steps>`. Says on standard output what it is about to do.
 */
import { existsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { denoiser, edm, heun, karrasSigmas, key, sample } from '@diptych/core';
import { batches, digitSplits } from '@diptych/data';
import { saveBytes } from '@diptych/data/node';
import { tellErrors } from '@diptych/formats/node';
import { denoisingLoss } from '@diptych/losses';
import { UViT } from '@diptych/models';
import { pickBackend } from '@diptych/ops';
import { adamW, train } from '@diptych/trainer';
import { jsonlLog, loadCheckpoint, lockFolder, saveCheckpoint } from '@diptych/trainer/node';

tellErrors('training');
/** At once: what is said before a kill has been said. */
const say = (text: string) => void writeSync(1, `${text}\n`);

const [folder, number] = process.argv.slice(2);
const [steps, saveEvery] = [Number(number), 3];
await pickBackend({ force: 'wasm', onTry: ({ note }) => say(`note ${note}`) });
const lock = await lockFolder(folder);
const path = join(folder, 'checkpoint.safetensors');
const resume = existsSync(path) ? await loadCheckpoint(path) : undefined;
say(`resume ${resume?.state.step ?? 0}`);

const network = new UViT({ image: [8, 8, 1], patch: 2, width: 48, depth: 2, heads: 4, seed: 0 });
const diffusion = edm();
const run = train({
  network,
  objective: denoisingLoss(diffusion),
  data: batches(digitSplits().train, { batchSize: 8, key: key(1) }),
  optimizer: adamW(),
  ema: 0.99,
  clip: 1,
  key: key(0),
  steps,
  resume,
});
const log = await jsonlLog(join(folder, 'log.jsonl'), { resume: resume?.state.step ?? 0 });
for await (const { imagesPerSecond: _, secondsLeft: __, ...event } of run) {
  const { step } = event;
  await log.write(event);
  say(`step ${step}`);
  if (step % saveEvery !== 0 && step !== steps) continue;
  const checkpoint = await run.checkpoint();
  say(`saving ${step}`);
  await log.sync();
  await saveCheckpoint(path, checkpoint);
  say(`saved ${step}`);
}
await log.close();
const options = { sigmas: karrasSigmas(6), shape: [4, 8, 8, 1], key: key(2) };
const images = await sample(heun(), denoiser(network, diffusion, { weights: run.ema }), options);
await saveBytes(join(folder, 'samples.f32'), new Uint8Array((await images.data()).slice().buffer));
await lock.release();
process.exit(0);
