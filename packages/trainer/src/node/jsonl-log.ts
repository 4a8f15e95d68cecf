import { open, readFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { check, checkOptions, checkRule, DiptychError, fail, rules } from '@diptych/formats/errors';
import { lockFile, type FileLock } from '@diptych/formats/node';

const where = 'jsonlLog';

/** A log with one JSON object on each line. */
export interface JsonlLog {
  /** Adds a line. Lines come in the order of the calls; the line is in the system's hands when the promise resolves. */
  write(event: { readonly step: number }): Promise<void>;
  /** Forces all lines so far to the disk: before a checkpoint is saved, so that no power cut leaves a log shorter than it. */
  sync(): Promise<void>;
  /** Waits for the last line, closes the file and gives its lock back. */
  close(): Promise<void>;
}

export interface JsonlLogOptions {
  /**
   * Steps of the training that already count: of the checkpoint it resumes from. Lines of later steps are taken out, as
   * they will come again, and so is a last line that a crash cut off. Without it the file must be new or empty.
   */
  resume?: number;
  /**
   * Told of steps that the log should hold but does not, in place of the error. A log of every k-th step may end up to k - 1
   * steps before `resume`.
   */
  onGap?: (gap: LogGap) => void;
}

/** Steps whose lines are missing from a log. */
export interface LogGap {
  /** The last step that the log holds; 0 for none. */
  readonly last: number;
  /** The step that the training goes on from. */
  readonly resume: number;
}

/**
 * Logs the events of a training (or any objects with a `step`) to a file, a JSON object a line. NaN and infinities, which
 * JSON has not, become the strings "NaN", "Infinity", "-Infinity".
 *
 * A lock beside it, `<path>.lock`, keeps a second run from writing to the same log until `close`; that of a process which was killed
 * is taken over.
 *
 * @throws DiptychError if the file has lines and `resume` is not given, is shorter than `resume` says (unless `onGap` is given), or
 * has lines that are not such a log: nothing is changed then; or if another run writes to it. Errors of the file system as they are.
 * @example
 * const log = await jsonlLog('runs/a/log.jsonl', { resume: checkpoint?.state.step });
 * for await (const event of run) await log.write(event);
 * await log.close();
 */
export async function jsonlLog(path: string, options: JsonlLogOptions = {}): Promise<JsonlLog> {
  checkRule(where, 'path', rules.text, path);
  const { resume, onGap } = checkOptions(where, options, { resume: rules.index, onGap: rules.callback });
  const cure = 'log to another file';
  const lock = await lockFile(`${path}.lock`, { where, what: path, cure });
  let file: FileHandle | undefined;
  try {
    const kept = await keptLines(path, resume);
    if (resume !== undefined) checkEnd(path, kept, resume, onGap);
    file = await open(path, 'a');
    await truncate(file, kept.bytes);
    return writer(file, lock);
  } catch (error) {
    await file?.close();
    await lock.release();
    throw error;
  }
}

function writer(file: FileHandle, lock: FileLock): JsonlLog {
  let last = Promise.resolve();
  let closed: Promise<void> | undefined;
  return {
    write(event) {
      checkRule(where, 'event', rules.record, event);
      const line = `${JSON.stringify(event, nonFinite)}\n`;
      // One write a line, after the one before: a crash can only cut the last.
      last = last.then(async () => void (await file.appendFile(line)));
      return last;
    },
    async sync() {
      await last;
      await file.datasync();
    },
    close() {
      closed ??= last.finally(() => file.close()).finally(() => lock.release());
      return closed;
    },
  };
}

/** The beginning of a log that stays. */
interface KeptLines {
  bytes: number;
  /** Step of its last line, 0 for none, and the most steps between two lines. */
  last: number;
  stride: number;
}

async function keptLines(path: string, resume: number | undefined): Promise<KeptLines> {
  const text = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return new Uint8Array(0);
    throw error;
  });
  const kept = { bytes: 0, last: 0, stride: 1 };
  if (text.length === 0) return kept;
  check(resume !== undefined, where, path, 'new or empty (or resume)', `${text.length} bytes`);
  for (let line = 1; kept.bytes < text.length; line++) {
    const end = text.indexOf(0x0a, kept.bytes);
    // No newline: a crash cut this line off.
    if (end < 0) break;
    const step = stepOf(text.subarray(kept.bytes, end), `line ${line} of ${path}`);
    kept.stride = Math.max(kept.stride, step - kept.last);
    if (step > resume) break;
    [kept.bytes, kept.last] = [end + 1, step];
  }
  return kept;
}

/** Notices that lines are missing between the end of the log and the step that the training goes on from. */
function checkEnd(path: string, { last, stride }: KeptLines, resume: number, onGap: JsonlLogOptions['onGap']): void {
  if (resume < last + stride) return;
  if (onGap) return onGap({ last, resume });
  const end = last ? `ends with step ${last}` : 'is empty';
  const cure = 'resume from an earlier checkpoint, log to a new file without resume, or give onGap to go on with a gap';
  fail(where, `${path} ${end}, but the training goes on from step ${resume}: ${cure}`);
}

function stepOf(line: Uint8Array, name: string): number {
  let step: unknown;
  const text = new TextDecoder().decode(line);
  try {
    step = (JSON.parse(text) as { step?: unknown } | null)?.step;
  } catch (cause) {
    throw new DiptychError({ where, parameter: name, rule: 'JSON', value: text.slice(0, 40) }, { cause });
  }
  check(typeof step === 'number', where, name, 'an object with a step', text.slice(0, 40));
  return step;
}

async function truncate(file: FileHandle, bytes: number): Promise<void> {
  const { size } = await file.stat();
  if (size > bytes) await file.truncate(bytes);
}

function nonFinite(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
