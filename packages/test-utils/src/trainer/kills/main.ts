/** pnpm kill-loop [-- --kills 50] [--seed 0]: kills a training at random moments, and reports what was found. */
import { parseArgs } from 'node:util';
import { tellErrors } from '@diptych/formats/node';
import { killLoop } from './kill-loop.ts';

tellErrors('kill-loop');
const { values: flags } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: { kills: { type: 'string', default: '50' }, seed: { type: 'string', default: '0' } },
});
const { kills, files, steps, same } = await killLoop({
  kills: Number(flags.kills),
  seed: Number(flags.seed),
  onKill: ({ during, saved, found, partials }) =>
    console.log(`killed after "${during}": saved ${saved}, found ${found}, ${partials} partial`),
});
const inside = kills.filter(({ insideSave }) => insideSave);
const counts = {
  kills: kills.length,
  'inside a save': inside.length,
  'of these with the new checkpoint already in place': inside.filter(({ saved, found }) => found > saved).length,
  'partial files after a kill, at most': Math.max(...kills.map(({ partials }) => partials)),
  'partial files at the end': files.filter((file) => file.endsWith('.partial')).length,
  'kills that lost a saved step': kills.filter(({ saved, found }) => found < saved).length,
  'steps in all': steps,
};
for (const [name, count] of Object.entries(counts)) console.log(`${name.padEnd(52)}${count}`);
for (const [file, equal] of Object.entries(same)) {
  console.log(`${`${file} as without kills`.padEnd(52)}${equal ? 'bit for bit' : 'different'}`);
}
console.log(`files at the end: ${files.join(', ')}`);
if (Object.values(same).includes(false) || counts['kills that lost a saved step'] > 0) process.exitCode = 1;
