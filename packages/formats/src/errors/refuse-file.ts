import { FormatError } from './diptych-error.ts';

/** Refuses a file in a sentence about it. */
export type RefuseFile = (sentence: string, options?: ErrorOptions) => never;

/**
 * A function that refuses a file by its name: `<where>: <name> <sentence>`.
 *
 * @example
 * const refuse: RefuseFile = refuseFile('readNpy', 'mu.npy');
 * if (!version) refuse('is no npy file');
 */
export const refuseFile =
  (where: string, name: string): RefuseFile =>
  (sentence, options) => {
    throw new FormatError(where, `${name} ${sentence}`, options);
  };

/** What an error says, whatever was thrown. */
export const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
