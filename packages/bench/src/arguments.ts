import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface BenchArguments {
  /** File for {machine, versions, results}. */
  json?: string;
  /** File for the tables and remarks. */
  markdown?: string;
  /** Folder for the profiles. */
  profile?: string;
  /** Names of the suites to run. */
  only: string[];
  repeat: number;
  help: boolean;
}

/** A command line that cannot be followed; the message says why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const usage = (suites: readonly string[]) => `pnpm bench [options]
  --json FILE       write {machine, versions, results} there
  --markdown FILE   write the tables there
  --profile FOLDER  write where the time of a training step goes there: NAME.svg and NAME.md for each network
  --only NAMES      only these suites, comma-separated: ${suites.join(', ')}
  --repeat N        timings of each side, the best counts (default 5)

Ratios above 1 mean that we are better. PyTorch takes part if the Python named by DIPTYCH_PYTHON (default python3) has it.`;

/**
 * Reads the command line.
 *
 * @throws UsageError for an unknown option, an unknown suite, a missing value, or a number of timings that is no whole number from 1
 */
export function readArguments(line: readonly string[], suites: readonly string[]): BenchArguments {
  const { only, repeat: timings, help, ...files } = parse(line);
  const repeat = Number(timings);
  if (!Number.isSafeInteger(repeat) || repeat < 1) {
    throw new UsageError(`--repeat must be a whole number from 1, got "${timings}"`);
  }
  const chosen = only === undefined ? [...suites] : [...new Set(only.split(',').map((name) => name.trim()))];
  for (const name of chosen) {
    if (!suites.includes(name)) throw new UsageError(`--only: no suite named "${name}"`);
  }
  for (const [name, value] of Object.entries(files)) {
    if (value === '') throw new UsageError(`--${name} must name a file or folder`);
  }
  return { ...files, only: chosen, repeat, help };
}

function parse(line: readonly string[]) {
  try {
    return parseArgs({
      // pnpm hands its own separator on.
      args: line.filter((argument) => argument !== '--'),
      options: {
        json: { type: 'string' },
        markdown: { type: 'string' },
        profile: { type: 'string' },
        only: { type: 'string' },
        repeat: { type: 'string', default: '5' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
