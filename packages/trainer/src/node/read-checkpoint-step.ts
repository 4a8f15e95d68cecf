import { open } from 'node:fs/promises';
import { isCheckpointFormat } from '../checkpoint/checkpoint-format.ts';

/** Larger headers than this belong to no checkpoint. */
const LARGEST_HEADER = 100_000_000;

/** The step of the checkpoint in a file, from its header alone; undefined for a file that is none. Throws ENOENT. */
export async function readCheckpointStep(path: string): Promise<number | undefined> {
  const file = await open(path, 'r');
  try {
    const start = new Uint8Array(8);
    if ((await file.read(start, 0, 8, 0)).bytesRead < 8) return undefined;
    const length = Number(new DataView(start.buffer).getBigUint64(0, true));
    if (length > LARGEST_HEADER || length > (await file.stat()).size) return undefined;
    const header = new Uint8Array(length);
    await file.read(header, 0, length, 8);
    const { __metadata__: metadata } = JSON.parse(new TextDecoder().decode(header)) as {
      __metadata__?: Record<string, string>;
    };
    return isCheckpointFormat(metadata?.format) ? Number(metadata!.step) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  } finally {
    await file.close();
  }
}
