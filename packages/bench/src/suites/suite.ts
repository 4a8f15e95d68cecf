import type { MultiplyAddPeak } from '../bounds/multiply-add-peak.ts';
import type { OpenJob, PeerJob, PyTorch } from '../peers/pytorch.ts';
import type { TfjsNode } from '../peers/tfjs-node.ts';
import type { Flame } from '../profile/flame.ts';
import type { Result } from '../result.ts';

/** What a suite has to hand. */
export interface SuiteContext {
  /** PyTorch, where Python has it. */
  readonly pytorch?: PyTorch;
  /** tfjs-node, where it is installed. */
  readonly tfjsNode?: TfjsNode;
  /** What bounds products on 128-bit vectors in one thread. */
  readonly peak: MultiplyAddPeak;
  /** How often each side is timed; the best of each counts. */
  readonly repeat: number;
  /** Runs `step` with our kernels on (`true`) or on stock tfjs (`false`). */
  withKernels<T>(on: boolean, step: () => Promise<T>): Promise<T>;
  /** For a line of progress. */
  note(text: string): void;
  /** For a line of the report: what was measured, what bounds it, what is left out. */
  remark(text: string): void;
  /** For the flame of a profile, where profiles are wanted. */
  flame?(name: string, flame: Flame): void;
}

/** A group of comparisons. */
export interface Suite {
  readonly name: string;
  run(context: SuiteContext): Promise<Result[]>;
}

/** Opens a job of PyTorch's with one thread, if there is PyTorch. */
export function openPeer({ pytorch }: SuiteContext, job: PeerJob): Promise<OpenJob> | undefined {
  return pytorch?.open({ ...job, threads: 1 });
}
