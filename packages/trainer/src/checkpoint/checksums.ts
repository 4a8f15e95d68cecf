import { crc32, type HostTensors } from '@diptych/formats';
import { FormatError } from '@diptych/formats/errors';

/**
 * CRC-32 of every tensor's bytes by its name, and under the empty name of everything else: the state and what the tensors are
 * called and how they are laid out. As text, for the metadata.
 */
export function checksums(tensors: HostTensors, state: string): string {
  const entries = Object.entries(tensors).sort(([a], [b]) => (a < b ? -1 : 1));
  const layout = entries.map(([name, { dtype, shape }]) => [name, dtype, shape]);
  const rest = crc32(new TextEncoder().encode(JSON.stringify([state, layout])));
  const sums = entries.map(
    ([name, { data }]) => [name, crc32(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))] as const,
  );
  return JSON.stringify(Object.fromEntries([['', rest], ...sums]));
}

/** Throws unless the numbers are those that were written. */
export function checkSums(where: string, tensors: HostTensors, state: string, written: string): void {
  const found = checksums(tensors, state);
  if (found === written) return;
  const [was, is] = [written, found].map(parsed);
  const damaged = Object.keys(is).find((name) => was[name] !== is[name]);
  const what = damaged ? `'${damaged}'` : 'the description of the training';
  throw new FormatError(where, `the checkpoint is damaged: ${what} is not as it was written (CRC-32)`);
}

function parsed(text: string): Record<string, unknown> {
  try {
    return { ...(JSON.parse(text) as Record<string, unknown>) };
  } catch {
    return {};
  }
}
