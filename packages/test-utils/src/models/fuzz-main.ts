/**
 * Damages weight files a hundred thousand times and reads them, some thousands of rounds a second:
 *
 *     TSX_TSCONFIG_PATH=tsconfig.json npx tsx packages/test-utils/src/models/fuzz-main.ts [--rounds 100000] [--seed 0]
 *
 * Prints what became of them. Ends with an error that names the round if anything but a DiptychError comes out.
 */
import { parseArgs } from 'node:util';
import { fuzzWeightFiles } from './fuzz-weight-files.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '100000' }, seed: { type: 'string', default: '0' } },
});
let peak = 0;
const start = performance.now();
const rows = await fuzzWeightFiles({
  rounds: Number(values.rounds),
  seed: Number(values.seed),
  onRound: (round) => {
    if (round % 1000 === 0) peak = Math.max(peak, process.memoryUsage().rss);
  },
});
console.table(rows.map((row) => ({ ...row, slowest: `${row.slowest.toFixed(1)} ms` })));
console.log(
  `${((performance.now() - start) / 1000).toFixed(0)} s, at most ${(peak / 2 ** 20).toFixed(0)} MiB of memory`,
);
