/**
 * Starts a stopwatch; it tells the seconds since then, of the wall clock or of processor time spent by this process, whichever are
 * fewer. For work of one thread both are at least what it would take on an idle machine, but the wall also counts the time in which others have
 * the processor. Work of several threads is wall time where they are faster than one. python/peer.py times PyTorch the same way.
 */
export function stopwatch(): () => number {
  const cpu = process.cpuUsage();
  const start = performance.now();
  return () => {
    const wall = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    return Math.min(wall, (user + system) / 1e6);
  };
}

/** Seconds that `step` takes, by a `stopwatch`. */
export async function clock(step: () => unknown | Promise<unknown>): Promise<number> {
  const elapsed = stopwatch();
  await step();
  return elapsed();
}

/** Milliseconds of processor time that this process has spent. */
export function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
