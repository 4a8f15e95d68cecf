import { FormatError } from '@diptych/formats/errors';

/** Refuses an image file in a sentence about it. */
export type RefuseImage = (sentence: string, options?: ErrorOptions) => never;

/** A function that refuses an image file by its name. */
export const refuseImage =
  (where: string, name: string): RefuseImage =>
  (sentence, options) => {
    throw new FormatError(where, `${name} ${sentence}`, options);
  };

/** What an error says, whatever was thrown. */
export const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
