/**
 * Letters of the longest name of a tensor or key. V8 gives all strings beyond 16,383 letters of one length the same hash: a few thousand
 * of that kind in one object or map take minutes.
 */
export const longestName = 4096;

/** Sizes of the longest shape. */
export const mostSizes = 64;
