import { check } from '@diptych/formats/errors';

/** Refuses sizes that are not positive integers, by their names. */
export function checkSizes(where: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, size] of Object.entries(sizes)) {
    check(Number.isInteger(size) && size > 0, where, name, 'a positive integer', size);
  }
}
