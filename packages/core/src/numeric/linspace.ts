/** n numbers from `from` to `to`, evenly spaced, both ends exact; a single one is `from`. */
export const linspace = (from: number, to: number, n: number): number[] =>
  Array.from({ length: n }, (_, i) => (i === 0 ? from : i === n - 1 ? to : from + (i / (n - 1)) * (to - from)));
