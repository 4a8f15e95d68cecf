import { Command } from 'commander';

/**
 * The command line, one file for each subcommand: a function in `<name>-command.ts` that returns its `Command`.
 *
 * @example
 * await program().parseAsync(['fid', 'samples', 'reference.npz'], { from: 'user' });
 */
export function program(): Command {
  return new Command('diptych-eval').description('Measures generated images.');
}
