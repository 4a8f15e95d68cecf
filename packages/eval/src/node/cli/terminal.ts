import { SingleBar } from 'cli-progress';

/** Where a subcommand writes: results to `out`, everything else to `err`; progress only where a person watches. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** A bar of images; `total` is absent where nobody knows it. */
  progress(label: string, total?: number): { update(images: number): void; stop(): void };
}

/** The terminal of this process; bars go to standard error, and only if it is a terminal. */
export function processTerminal(): Terminal {
  return {
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
    progress(label, total) {
      const format = `${label} ${total ? '|{bar}| {value}/{total} images · {eta_formatted} left' : '{value} images'}`;
      const bar = new SingleBar({ format, stream: process.stderr, hideCursor: true, etaBuffer: 30 });
      bar.start(total ?? 0, 0);
      return { update: (images) => bar.update(images), stop: () => bar.stop() };
    },
  };
}
