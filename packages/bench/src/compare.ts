/** One engine doing one kind of work. */
export interface Side {
  readonly name: string;
  /** Does it once and says how many seconds it took. */
  once(): Promise<number>;
  /** Times that do not count, before the others. Default 1. */
  readonly warmUp?: number;
  /** No more timings than this, for the very slow. Default: as many as are asked for. */
  readonly most?: number;
}

/**
 * Seconds of every timing of every side. The sides take turns, and every other round goes the other way round, so that what else
 * the machine does meanwhile meets all of them.
 */
export async function compare(sides: readonly Side[], repeat: number): Promise<Record<string, number[]>> {
  const seconds: Record<string, number[]> = {};
  for (const { name, once, warmUp = 1 } of sides) {
    seconds[name] = [];
    for (let i = 0; i < warmUp; i++) await once();
  }
  for (let round = 0; round < repeat; round++) {
    const turn = sides.filter(({ most = repeat }) => round < most);
    if (round % 2) turn.reverse();
    for (const { name, once } of turn) seconds[name].push(await once());
  }
  return seconds;
}
