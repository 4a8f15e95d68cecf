import { printable } from './describe-value.ts';
import { DiptychError } from './diptych-error.ts';

/**
 * What to tell a user in one line: of bad input (`DiptychError`, a mistake on the command line), and of a system that refuses (a full disk, a missing file, a folder
 * without permission), paths cut and control characters escaped; undefined for any other error, a fault of the program, whose
 * stack is worth showing.
 *
 * @example
 * const line = explainError(error);
 * if (line === undefined) throw error;
 * console.error(line);
 */
export function explainError(error: unknown): string | undefined {
  if (DiptychError.isInstance(error)) return error.message;
  const { code, syscall, message } = (typeof error === 'object' && error !== null ? error : {}) as NodeError;
  if (typeof code !== 'string' || typeof message !== 'string') return undefined;
  // Of `parseArgs`.
  if (code.startsWith('ERR_PARSE_ARGS')) return printable(message);
  if (typeof syscall !== 'string') return undefined;
  const advice = advices[code];
  return printable(advice ? `${advice} (${message})` : message);
}

interface NodeError {
  code?: unknown;
  syscall?: unknown;
  message?: unknown;
}

const advices: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
  EROFS: 'the disk can only be read',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EIO: 'the disk fails',
  EMFILE: 'too many files are open: raise the limit (ulimit -n)',
  ENFILE: 'too many files are open on this machine',
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a file stands where a folder should be',
  EISDIR: 'a folder stands where a file should be',
  ENAMETOOLONG: 'the name is too long',
};
