import { describeValue, FormatError } from '../errors/index.ts';

const longestName = 4096;

/** Refuses the name of a file in an archive that would lead out of a folder into which somebody unpacks it, or has no end. */
export function checkEntryName(file: string, where: string, archive: string): void {
  const refuse = (why: string) => {
    throw new FormatError(where, `${archive} holds the name ${describeValue(file)}, ${why}`);
  };
  if (file.length > longestName) refuse(`longer than ${longestName} characters`);
  if (file === '') refuse('which is empty');
  const parts = file.split(/[/\\]/);
  const inside = !parts.includes('..') && parts[0] !== '' && !/^[a-z]:/i.test(file) && !file.includes('\0');
  if (!inside) refuse('which leads out of the archive');
}
