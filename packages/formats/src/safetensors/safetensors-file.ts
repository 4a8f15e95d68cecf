import type { HostTensor, HostTensors } from '../tensors/host-tensor.ts';

/** A safetensors file, or several that belong together, of which single tensors can be read. */
export interface SafetensorsFile {
  /** Names of all tensors. */
  names: readonly string[];
  metadata: Readonly<Record<string, string>>;
  /**
   * Reads some tensors, by default all. Nothing else is transferred.
   *
   * @throws DiptychError if the file does not have the name
   */
  read(names?: readonly string[]): Promise<HostTensors>;
}

/** What a header says of a tensor. */
export interface TensorDescription {
  /** The element type by its name in the file: `F32`, `BF16`, `I64`. */
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** One safetensors file, whose header says everything about its tensors before one is read. */
export interface SingleSafetensorsFile extends SafetensorsFile {
  /** Type and shape of every tensor by its name. */
  readonly tensors: ReadonlyMap<string, TensorDescription>;
  /**
   * Reads rows of a tensor, positions `from` (inclusive) to `to` (exclusive) of its first axis. Nothing else is transferred.
   *
   * @throws DiptychError if the file does not have the name, or the tensor the rows
   */
  readRows(name: string, from: number, to: number): Promise<HostTensor>;
}
