import type { PyTorch } from '../peers/pytorch.ts';
import type { Result } from '../result.ts';

/** What a suite has to hand. */
export interface SuiteContext {
  /** PyTorch, where Python has it. */
  pytorch?: PyTorch;
  /** How often each side is timed; the best of each counts. */
  repeat: number;
  /** Runs `step` with our kernels on (`true`) or on stock tfjs (`false`). */
  withKernels<T>(on: boolean, step: () => Promise<T>): Promise<T>;
  /** For a line of progress. */
  note(text: string): void;
}

/** A group of comparisons. */
export interface Suite {
  readonly name: string;
  run(context: SuiteContext): Promise<Result[]>;
}
