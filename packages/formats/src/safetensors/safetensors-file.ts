import type { HostTensors } from '../tensors/host-tensor.ts';

/** A safetensors file, or several that belong together, of which single tensors can be read. */
export interface SafetensorsFile {
  /** Names of all tensors. */
  names: readonly string[];
  metadata: Readonly<Record<string, string>>;
  /**
   * Reads some tensors, by default all. Nothing else is transferred.
   *
   * @throws DiptychError for a name that the file does not have
   */
  read(names?: readonly string[]): Promise<HostTensors>;
}
