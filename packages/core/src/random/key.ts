/** A key of the splittable counter-based generator: two 32-bit words. Immutable; the same key always gives the same numbers. */
export type Key = readonly [number, number];
