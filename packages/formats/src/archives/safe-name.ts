import { check } from '../errors/index.ts';

/** Throws if the name of a file in an archive would lead out of a folder that somebody unpacks it into. */
export function safeName(file: string, where: string, archive: string): void {
  const parts = file.split(/[/\\]/);
  const inside = !parts.includes('..') && parts[0] !== '' && !/^[a-z]:/i.test(file) && !file.includes('\0');
  check(inside, where, `a name in ${archive}`, 'a path inside the archive', file);
}
