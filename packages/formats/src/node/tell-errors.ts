import { writeSync } from 'node:fs';
import { explainError } from '../errors/index.ts';

/**
 * For the first line of a program: an error that nothing catches ends it with code 1 and, where the input or the system is to blame (see
 * `explainError`), with one line on standard error in place of a stack. A reader who closes the pipe (`| head`) ends it quietly.
 *
 * @example
 * tellErrors('my-training');
 */
export function tellErrors(program: string): void {
  process.on('uncaughtException', (error: unknown) => {
    // Who reads no more is told no more.
    if ((error as NodeJS.ErrnoException | undefined)?.code === 'EPIPE') process.exit(0);
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const line = explainError(error);
    try {
      writeSync(2, line === undefined ? `\n${stack}\n` : `\n${program}: ${line}\n`);
    } finally {
      // At once: other handlers may throw.
      process.exit(1);
    }
  });
}
