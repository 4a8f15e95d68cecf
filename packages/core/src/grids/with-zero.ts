/** A grid for n steps: sigma(u) at n evenly spaced u from 0 (noise) to 1, with the ends as asked for to the last bit, then 0. */
export function withZero(n: number, first: number, last: number, sigma: (u: number) => number): number[] {
  const inner = Array.from({ length: Math.max(0, n - 2) }, (_, i) => sigma((i + 1) / (n - 1)));
  return [first, ...inner, ...(n > 1 ? [last] : []), 0];
}
