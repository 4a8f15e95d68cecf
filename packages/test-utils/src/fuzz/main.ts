/**
 * Gives every parser damaged files for a time, and prints what became of them:
 *
 *     pnpm fuzz [--seconds 60] [--rounds 1000] [--seed 0] [--from 0] [--only readNpy]
 *
 * Ends with code 1 if anything but a DiptychError was thrown, or a file took longer than 30 seconds; its round is named.
 */
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { fuzzParsers } from './fuzz-parsers.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string' },
    rounds: { type: 'string' },
    seed: { type: 'string', default: '0' },
    from: { type: 'string', default: '0' },
    only: { type: 'string', default: '' },
  },
});
const number = (value?: string) => (value === undefined ? undefined : Number(value));
const rounds = number(values.rounds);

/** Parser and round that are under way: a watch in a thread of its own ends the process if they stay the same. */
const progress = new Int32Array(new SharedArrayBuffer(8));
const watch = `
  const { workerData } = require('node:worker_threads');
  let before = '', since = Date.now();
  setInterval(() => {
    const now = workerData.join(' ');
    if (now !== before) [before, since] = [now, Date.now()];
    if (Date.now() - since < 30000) return;
    process._rawDebug('fuzz: parser ' + workerData[0] + ' has not come to an end with round ' + workerData[1]);
    process.kill(process.pid, 'SIGKILL');
  }, 1000);`;
new Worker(watch, { eval: true, workerData: progress }).unref();

const rows = await fuzzParsers({
  seconds: number(values.seconds) ?? (rounds === undefined ? 60 : Infinity),
  rounds,
  seed: Number(values.seed),
  from: Number(values.from),
  only: values.only,
  onTry: (parser, round) => progress.set([parser, round]),
});
console.table(
  rows.map(({ slowest, memory, first, ...row }) => ({
    ...row,
    slowest: `${slowest.toFixed(1)} ms`,
    memory: `${memory.toFixed(0)} MiB`,
    ...(first && { first: first.slice(0, 120) }),
  })),
);
process.exit(rows.some(({ other }) => other > 0) ? 1 : 0);
