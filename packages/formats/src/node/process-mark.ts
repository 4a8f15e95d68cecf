import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Which process on which machine: what a lock or the name of an unfinished file says of its maker. */
export interface ProcessMark {
  /** Of the machine, without characters that a file name cannot hold. */
  readonly host: string;
  readonly pid: number;
  /** When it started, in the system's own ticks, as numbers of processes come again; 0 where the system does not tell. */
  readonly start: number;
}

/** The mark of this process. */
export function thisProcess(): ProcessMark {
  const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
  return { host, pid: process.pid, start: startOf(process.pid) ?? 0 };
}

/**
 * Whether the process certainly runs no more. Of processes on other machines nothing is known.
 */
export function isGone({ host, pid, start }: ProcessMark): boolean {
  if (host !== thisProcess().host) return false;
  if (!exists(pid)) return true;
  const now = startOf(pid);
  // Another process has been given its number.
  return start !== 0 && now !== undefined && now !== start;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, but another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Field 22 of Linux's /proc/<pid>/stat; the name of the program before it may hold anything, blanks and brackets included. */
function startOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const start = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
    return Number.isSafeInteger(start) ? start : undefined;
  } catch {
    return undefined;
  }
}
