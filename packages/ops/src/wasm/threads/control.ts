/**
 * Layout of the buffer through which threads share work, apart from the heap: words of int32, each that several threads write on a cache line of
 * its own, then the records of the calls as float64.
 *
 * `left` counts down: who lowers it from i + 1 to i has call i, and finds everything about the calls written, since it is raised last and all of
 * them must be done before the next lot. `done` counts up to `count`.
 */
export const words = {
  /** Raised with every lot; sleeping threads wait for it. */
  turn: 0,
  /** Calls that nobody has taken yet. */
  left: 32,
  /** Calls that have returned. */
  done: 64,
  /** Threads asleep. */
  asleep: 96,
  /** Whether the calling thread sleeps until `done` moves. */
  awaited: 128,
  /** The turn whose lot the calling thread has seen done. */
  returned: 129,
  /** Threads that have their kernels ready. */
  ready: 160,
  /** 1: a call failed; its message is in the text. */
  failed: 192,
  /** 1: threads end. */
  stopped: 193,
  /** Scratch space of the lot: address, bytes a thread. */
  scratch: 224,
  scratchBytes: 225,
  /** Length of the text. */
  textLength: 226,
  /** Calls of the lot. */
  count: 227,
} as const;

/** Calls of one lot, numbers of one call (function, count of arguments, arguments), and characters of a message. */
export const limits = { calls: 512, record: 28, text: 512 } as const;

export const bytes = {
  records: 1024,
  text: 1024 + limits.calls * limits.record * 8,
  all: 1024 + limits.calls * limits.record * 8 + limits.text * 2,
} as const;
