/**
 * A value of a damaged file in a form that an error may print: a container that holds others could hold itself, or have no end, so
 * it is told by its size alone.
 */
export function brief(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return typeof value === 'symbol' ? 'a mark' : value;
  if (!Array.isArray(value)) return 'an object';
  return value.every((item) => typeof item === 'number' || typeof item === 'string')
    ? value
    : `a list of ${value.length}`;
}
