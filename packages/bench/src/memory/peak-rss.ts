import { readFileSync } from 'node:fs';

/**
 * Mebibytes of memory that this process has taken at most. Linux's own figure for the address space where there is one: that of
 * `resourceUsage` begins with the memory of the process which started this one.
 */
export function peakRss(): number {
  try {
    const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    if (line) return Number(line[1]) / 1024;
  } catch {
    // Another system.
  }
  return process.resourceUsage().maxRSS / 1024;
}
