import { SingleBar } from 'cli-progress';

/** A progress bar: loss, images/s and time left on a terminal, a line now and then elsewhere. */
export function progressBar(total: number, start: number) {
  const bar = new SingleBar({
    format: 'training |{bar}| {value}/{total} steps · loss {loss} · {rate} images/s · {left} left',
    hideCursor: true,
    stream: process.stdout,
    noTTYOutput: true,
    notTTYSchedule: 10_000,
    stopOnComplete: false,
  });
  bar.start(total, start, { loss: '-', rate: '-', left: '-' });
  return {
    update: (steps: number, loss: number, imagesPerSecond: number, secondsLeft: number) =>
      bar.update(steps, { loss: loss.toFixed(4), rate: imagesPerSecond.toFixed(0), left: duration(secondsLeft) }),
    stop: () => bar.stop(),
  };
}

/** Seconds as people say them: 48 s, 3 min 05 s. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-';
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

/** Rows of text in aligned columns. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map(
      (row) =>
        '  ' +
        row
          .map((cell, column) => cell.padEnd(widths[column]))
          .join('  ')
          .trimEnd(),
    )
    .join('\n');
}
