/**
 * Reads every hostile file, each in a process of its own, and prints how long that took and how much memory:
 *
 *     TSX_TSCONFIG_PATH=tsconfig.json npx tsx packages/test-utils/src/fuzz/measure-hostile.ts [--only words] [--patience 60]
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DiptychError } from '@diptych/formats/errors';
import { hostileFiles } from './hostile-files.ts';

const { values } = parseArgs({
  options: {
    one: { type: 'string' },
    only: { type: 'string', default: '' },
    patience: { type: 'string', default: '60' },
  },
});

/** What reading one file took. */
interface Measured {
  seconds: number;
  mebibytes: number;
  answer: string;
}

async function measureOne(name: string): Promise<Measured> {
  const { build, read } = hostileFiles.find((file) => file.name === name)!;
  const bytes = build();
  const start = process.cpuUsage();
  let answer = 'accepted';
  try {
    await read(bytes);
  } catch (error) {
    answer = `${DiptychError.isInstance(error) ? 'refused' : 'OTHER'}: ${(error as Error).message}`;
  }
  const { user, system } = process.cpuUsage(start);
  const mebibytes = Math.round(process.resourceUsage().maxRSS / 1024);
  return { seconds: (user + system) / 1e6, mebibytes, answer };
}

if (values.one !== undefined) console.log(JSON.stringify(await measureOne(values.one)));
else {
  for (const { name } of hostileFiles) {
    if (!name.includes(values.only)) continue;
    const args = ['--max-old-space-size=6000', ...process.execArgv, fileURLToPath(import.meta.url), '--one', name];
    const { stdout, signal, status } = spawnSync(process.execPath, args, {
      timeout: Number(values.patience) * 1000,
      killSignal: 'SIGKILL',
      encoding: 'utf8',
    });
    const line = stdout.trim().split('\n').at(-1) ?? '';
    if (status === 0) {
      const { seconds, mebibytes, answer } = JSON.parse(line) as Measured;
      console.log(`${name} | ${seconds.toFixed(2)} s | ${mebibytes} MiB | ${answer.slice(0, 120)}`);
    } else console.log(`${name} | ended with ${signal ?? status}`);
  }
}
