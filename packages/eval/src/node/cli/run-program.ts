import { checkRule, explainError, rules } from '@diptych/formats/errors';
import { CommanderError, Command } from 'commander';
import type { Terminal } from './terminal.ts';
import { measureCommands } from './measure-commands.ts';
import { probeCommand } from './probe-command.ts';
import { statsCommand } from './stats-command.ts';

/** Exit codes: all went well; the work failed (the reason is on standard error); the arguments make no sense. */
export const exitCodes = { fine: 0, failed: 1, usage: 2 } as const;

/**
 * Runs the command line and returns its exit code: 0 when all went well, 1 when the work failed, 2 when the arguments make no
 * sense. Bad input and a system that refuses are told in one line, a fault of the program with its stack.
 */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<number> {
  checkRule('runProgram', 'args', rules.list(rules.text), args);
  checkRule('runProgram', 'terminal', rules.having('a terminal', 'out', 'err', 'progress'), terminal);
  const root = program(terminal);
  const prepare = (command: Command): void => {
    command.exitOverride().configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
    });
    command.commands.forEach(prepare);
  };
  prepare(root);
  try {
    await root.parseAsync(args, { from: 'user' });
    return exitCodes.fine;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.fine : exitCodes.usage;
    const line = explainError(error);
    if (line !== undefined) terminal.err(`error: ${line}`);
    else terminal.err(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return exitCodes.failed;
  }
}

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
