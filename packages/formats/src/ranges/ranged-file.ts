import { type Rule, rules } from '../errors/index.ts';

/** A file of which any part can be read: on a disk, behind a URL, or wherever bytes can be fetched from. */
export interface RangedFile {
  /** Size in bytes. */
  size: number;
  /** The bytes from `start` up to `end`, without `end`. */
  readRange(start: number, end: number): Promise<Uint8Array>;
}

/** The rule of a file that is read in ranges. */
export const rangedFileRule: Rule = {
  words: 'a file that is read in ranges, such as urlFile or fileRange gives',
  holds: (value) => {
    const { size, readRange } = (value ?? {}) as Record<string, unknown>;
    return rules.index.holds(size) && rules.callback.holds(readRange);
  },
};
