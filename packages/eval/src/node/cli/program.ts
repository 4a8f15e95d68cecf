import { Command } from 'commander';
import { measureCommands } from './measure-commands.ts';
import { probeCommand } from './probe-command.ts';
import { statsCommand } from './stats-command.ts';
import type { Terminal } from './terminal.ts';

/** One function for each subcommand, in `<name>-command.ts`; a new one is a file and a place here. */
const commands: readonly ((terminal: Terminal) => Command | readonly Command[])[] = [
  measureCommands,
  probeCommand,
  statsCommand,
];

/** The command line with all its subcommands. */
export function program(terminal: Terminal): Command {
  const root = new Command('diptych-eval')
    .description('Measures generated images: FID and its relatives by named protocols.')
    .addHelpText('after', '\nExit codes: 0 fine, 1 the work failed, 2 the arguments make no sense.')
    .showHelpAfterError('(--help tells what there is)');
  for (const make of commands) for (const command of [make(terminal)].flat()) root.addCommand(command as Command);
  return root;
}
