import { check, checkOptions, checkRule, FormatError, rules } from '@diptych/formats/errors';
import { readPyTorch, readSafetensors } from '@diptych/formats';
import type { HostTensors } from '@diptych/formats';
import { evalRules } from '../../features/eval-rules.ts';

/** What is known of a weight file. */
export interface ReadWeightsOptions {
  /** What messages call it. Default `weights`. */
  name?: string;
  /** SHA-256 that the file must have, in hexadecimal: all digits or the first eight or more. Default: any. */
  sha256?: string;
}

/** The tensors of a weight file and its hash. */
export interface NetworkWeights {
  tensors: HostTensors;
  /** SHA-256 of the file, in hexadecimal: says in reports which weights were used. */
  sha256: string;
}

/**
 * Reads a weight file of a feature network: PyTorch's `.pth` (zip or the older format) or safetensors, told apart by their
 * first bytes. Nothing of it is executed.
 *
 * **Memory** the tensors are copies; the bytes may be reused at once.
 *
 * @throws DiptychError if the file has another SHA-256, or is neither, cut short or damaged.
 * @example
 * const weights = await readWeights(bytes, { sha256: inceptionCheckpoint.sha256 });
 */
export async function readWeights(bytes: Uint8Array, options: ReadWeightsOptions = {}): Promise<NetworkWeights> {
  const where = 'readWeights';
  const { name = 'weights', sha256: wanted } = checkOptions(where, options, { name: rules.text, sha256: rules.text });
  checkRule(where, 'bytes', evalRules.bytes, bytes);
  // Of its own: what is read below must be what was hashed, and shared memory cannot be hashed.
  const file = new Uint8Array(bytes);
  const digest = await crypto.subtle.digest('SHA-256', file);
  const sha256 = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (wanted !== undefined) {
    check(/^[0-9a-f]{8,64}$/i.test(wanted), where, 'sha256', '8 to 64 hexadecimal digits', wanted);
    if (!sha256.startsWith(wanted.toLowerCase()))
      throw new FormatError(where, `${name} has the SHA-256 ${sha256}, not ${wanted}`);
  }
  const torch = (file[0] === 0x50 && file[1] === 0x4b) || file[0] === 0x80;
  return { tensors: torch ? readPyTorch(file).tensors : readSafetensors(file).tensors, sha256 };
}

/** A published weight file: where it lies and how to know it. */
export interface PublishedWeights {
  /** The name of the file, under which it is kept. */
  file: string;
  /** Where it can be fetched, in the order in which addresses are tried. */
  urls: readonly string[];
  /** SHA-256 in hexadecimal, as published; absent where nobody has published one. */
  sha256?: string;
  /** Length of the file, for people. */
  megabytes: number;
}
