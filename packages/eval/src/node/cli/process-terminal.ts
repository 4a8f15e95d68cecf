import { SingleBar } from 'cli-progress';
import type { Terminal } from './terminal.ts';

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
