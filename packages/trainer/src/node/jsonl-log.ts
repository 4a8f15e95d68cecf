import { mkdir, open, readFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { check, DiptychError } from '@diptych/formats/errors';

/** A log with one JSON object on each line. */
export interface JsonlLog {
  /** Adds a line. Lines come in the order of the calls; the line is in the system's hands when the promise resolves. */
  write(event: { readonly step: number }): Promise<void>;
  /** Waits for the last line and closes the file. */
  close(): Promise<void>;
}

export interface JsonlLogOptions {
  /**
   * Steps of the training that already count: of the checkpoint it resumes from. Lines of later steps are taken out, as
   * they will come again, and so is a last line that a crash cut off. Without it the file must be new or empty.
   */
  resume?: number;
}

/**
 * Logs the events of a training (or any objects with a `step`) to a file, a JSON object a line. NaN and infinities, which
 * JSON has not, become the strings "NaN", "Infinity", "-Infinity".
 *
 * @throws DiptychError if the file has lines and `resume` is not given, or has lines that are not such a log: nothing is
 * changed then. Errors of the file system as they are.
 * @example
 * const log = await jsonlLog('runs/a/log.jsonl', { resume: checkpoint?.state.step });
 * for await (const event of run) await log.write(event);
 * await log.close();
 */
export async function jsonlLog(path: string, { resume }: JsonlLogOptions = {}): Promise<JsonlLog> {
  await mkdir(dirname(path), { recursive: true });
  const kept = await keptBytes(path, resume);
  const file = await open(path, 'a');
  let last = truncated(file, kept);
  return {
    write(event) {
      const line = `${JSON.stringify(event, nonFinite)}\n`;
      // One write a line, after the one before: a crash can only cut the last.
      last = last.then(async () => void (await file.appendFile(line)));
      return last;
    },
    async close() {
      try {
        await last;
      } finally {
        await file.close();
      }
    },
  };
}

/** How many bytes of the file stay. */
async function keptBytes(path: string, resume: number | undefined): Promise<number> {
  const text = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return new Uint8Array(0);
    throw error;
  });
  if (text.length === 0) return 0;
  check(resume !== undefined, 'jsonlLog', path, 'new or empty (or resume)', `${text.length} bytes`);
  let kept = 0;
  for (let line = 1; kept < text.length; line++) {
    const end = text.indexOf(0x0a, kept);
    // No newline: a crash cut this line off.
    if (end < 0) break;
    if (stepOf(text.subarray(kept, end), `line ${line} of ${path}`) > resume) break;
    kept = end + 1;
  }
  return kept;
}

function stepOf(line: Uint8Array, where: string): number {
  let step: unknown;
  const text = new TextDecoder().decode(line);
  try {
    step = (JSON.parse(text) as { step?: unknown } | null)?.step;
  } catch (cause) {
    throw new DiptychError({ where: 'jsonlLog', parameter: where, rule: 'JSON', value: text.slice(0, 40) }, { cause });
  }
  check(typeof step === 'number', 'jsonlLog', where, 'an object with a step', text.slice(0, 40));
  return step;
}

async function truncated(file: FileHandle, bytes: number): Promise<void> {
  const { size } = await file.stat();
  if (size > bytes) await file.truncate(bytes);
}

function nonFinite(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
