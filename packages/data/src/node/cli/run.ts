import { DiptychError, explainError } from '@diptych/formats/errors';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { inspectCommand } from './inspect-command.ts';
import type { InspectFlags } from './inspect-command.ts';

/** Where a command writes. */
export interface Streams {
  out(text: string): void;
  err(text: string): void;
}

const examples = `
Sources:
  a folder           class folders of PNG, JPEG or WebP images, images without classes, or latents
  a file             .zip of images with dataset.json, .npz, .bin of CIFAR-10 or CIFAR-100
  digits             the embedded UCI digits
  cifar10, cifar100, mnist, each with :train or :test; downloaded once ($DIPTYCH_CACHE says where to)

Examples:
  $ diptych-data inspect photos --fit 64 --skip-bad
  $ diptych-data inspect cifar10-32x32.zip --json --no-sheet

Exit codes: 0 done, 1 the source is bad or cannot be read, 2 the command line is wrong.`;

/** The command line; returns the exit code: 0 done, 1 the source is bad, 2 the command line is wrong. */
export async function run(args: readonly string[], { out, err }: Streams): Promise<number> {
  const program = new Command('diptych-data')
    .description('Looks at image data sets before anybody trains on them.')
    .exitOverride()
    .configureOutput({ writeOut: out, writeErr: err });
  program
    .command('inspect')
    .description(
      'Prints counts, sizes, class balance, mean and standard deviation per channel and duplicates, and draws a contact sheet.',
    )
    .argument('<source>', 'folder, file or name of a data set')
    .option('--json', 'print JSON')
    .option('--sheet <file>', 'where the contact sheet goes (default: <source>-sheet.png)')
    .option('--no-sheet', 'draw no contact sheet')
    .option('--columns <n>', 'images per row of the sheet', positive)
    .option('--force', 'write over a sheet that is there')
    .option('--skip-bad', 'go on without images that cannot be read, and list them')
    .option('--fit <n>', 'cut out the middle square of every image and resize it to n x n', positive)
    .addHelpText('after', examples)
    .exitOverride()
    .action(async (source: string, flags: InspectFlags) => out(`${await inspectCommand(source, flags)}\n`));
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const line = explainError(error);
    const text = line ?? (error instanceof Error ? (error.stack ?? error.message) : String(error));
    err(`${DiptychError.isInstance(error) ? text : `diptych-data: ${text}`}\n`);
    return 1;
  }
}

function positive(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError('It must be a positive integer.');
  return Number(text);
}
