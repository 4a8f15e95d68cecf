import { writeSafetensors } from '@diptych/formats';
import { checkCheckpoint } from './check-checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import { checkpointFormat } from './checkpoint-format.ts';
import { checksums } from './checksums.ts';

/**
 * A checkpoint as the bytes of a safetensors file: any reader of the format sees the tensors, and in the metadata
 * `format`, `step`, `state`, the rest as JSON, and `crc32`, checksums of all of it. The same checkpoint gives the same bytes.
 *
 * @throws DiptychError if a weight or a moment is not finite, or the state is none
 * @see `saveCheckpoint` of `@diptych/trainer/node`, and `decodeCheckpoint`.
 * @example
 * await new Response(encodeCheckpoint(await run.checkpoint())).blob(); // to keep in a browser
 */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array<ArrayBuffer> {
  checkCheckpoint('encodeCheckpoint', checkpoint);
  return encodeSound(checkpoint);
}

/** The bytes of a checkpoint that has been checked: a look at every number takes its time. */
export function encodeSound(checkpoint: Checkpoint): Uint8Array<ArrayBuffer> {
  const { tensors } = checkpoint;
  const state = JSON.stringify(checkpoint.state);
  const step = String(checkpoint.state.step);
  return writeSafetensors(tensors, { format: checkpointFormat, step, state, crc32: checksums(tensors, state) });
}
