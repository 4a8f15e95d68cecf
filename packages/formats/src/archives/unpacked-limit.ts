/** What a file of this size may unpack to unless its reader says otherwise: a small file shall not fill the memory. */
export const unpackedLimit = (bytes: number): number => Math.min(2 ** 31, 2 ** 27 + 64 * bytes);
