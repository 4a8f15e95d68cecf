import { FormatError } from '../errors/index.ts';

/** The error of what a sound file holds, but nothing here reads: refused when it is asked for, and not before. */
export class Unsupported extends FormatError {}

/** What a reading gives, or the error that it holds something unsupported. Other errors are thrown. */
export function orUnsupported<T>(read: () => T): T | Unsupported {
  try {
    return read();
  } catch (error) {
    if (error instanceof Unsupported) return error;
    throw error;
  }
}

/** An object with these members; what is unsupported has its name there, and throws when it is asked for. */
export function recordOf<T>(members: Iterable<readonly [name: string, value: T | Unsupported]>): Record<string, T> {
  const record: Record<string, T> = {};
  for (const [name, value] of members) {
    const refuse = () => {
      throw value;
    };
    const member = value instanceof Unsupported ? { get: refuse } : { value, writable: true };
    Object.defineProperty(record, name, { ...member, enumerable: true, configurable: true });
  }
  return record;
}

/**
 * The members of what `readSafetensors`, `readPyTorch` or `readNpz` gives that can be read, without those of types that are not read:
 * of such a record, `Object.entries` would throw at the first of these.
 *
 * @example
 * const weights = Object.fromEntries(readableEntries(readSafetensors(bytes).tensors));
 */
export function readableEntries<T>(record: Readonly<Record<string, T>>): [name: string, value: T][] {
  const refused = (name: string) => Object.getOwnPropertyDescriptor(record, name)?.get !== undefined;
  return Object.keys(record)
    .filter((name) => !refused(name))
    .map((name) => [name, record[name]]);
}
