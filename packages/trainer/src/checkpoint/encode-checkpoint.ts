import { writeSafetensors } from '@diptych/ops/tensor-files';
import type { Checkpoint } from './checkpoint.ts';
import { checkpointFormat } from './checkpoint-format.ts';

/**
 * A checkpoint as the bytes of a safetensors file: any reader of the format sees the tensors, and in the metadata
 * `format`, `step` and `state`, the rest as JSON. The same checkpoint gives the same bytes.
 *
 * @see `saveCheckpoint` of `@diptych/trainer/node`, and `decodeCheckpoint`.
 * @example
 * await new Response(encodeCheckpoint(await run.checkpoint())).blob(); // to keep in a browser
 */
export function encodeCheckpoint({ tensors, state }: Checkpoint): Uint8Array {
  return writeSafetensors(tensors, {
    format: checkpointFormat,
    step: String(state.step),
    state: JSON.stringify(state),
  });
}
