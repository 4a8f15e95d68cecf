import type { Terminal } from './terminal.ts';

/** Counts files that were left out, and tells of them. */
export function skippedFiles(terminal: Terminal) {
  const files: { file: string; reason: string }[] = [];
  return {
    files,
    onSkip: (file: string, reason: string) => void files.push({ file, reason }),
    tell() {
      for (const { reason } of files.slice(0, 5)) terminal.err(`skipped: ${reason}`);
      if (files.length > 0) terminal.err(`${files.length} bad ${files.length === 1 ? 'file' : 'files'} skipped`);
    },
  };
}
