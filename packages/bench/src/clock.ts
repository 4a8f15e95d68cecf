/** Seconds that `step` takes. */
export async function clock(step: () => unknown | Promise<unknown>): Promise<number> {
  const start = performance.now();
  await step();
  return (performance.now() - start) / 1000;
}
