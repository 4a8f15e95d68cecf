import { InvalidArgumentError } from 'commander';

/** Reads a whole number from `least` on. */
export const wholeFrom =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least)
      throw new InvalidArgumentError(`It must be a whole number from ${least}.`);
    return value;
  };

export const batchSize = wholeFrom(1);
