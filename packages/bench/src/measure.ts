/** Seconds that each of `repeat` calls takes, after `warmUp` calls that do not count. */
export async function measure(
  step: () => unknown | Promise<unknown>,
  { warmUp = 2, repeat = 5 }: { warmUp?: number; repeat?: number } = {},
): Promise<number[]> {
  for (let i = 0; i < warmUp; i++) await step();
  const seconds: number[] = [];
  for (let i = 0; i < repeat; i++) {
    const start = performance.now();
    await step();
    seconds.push((performance.now() - start) / 1000);
  }
  return seconds;
}

/** What others on the machine can only make worse. */
export const best = (values: readonly number[]) => Math.min(...values);

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
