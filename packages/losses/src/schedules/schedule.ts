/** A number that changes over training: a weight, a momentum, a temperature, at a 0-based step that may be fractional. */
export type Schedule = (step: number) => number;
