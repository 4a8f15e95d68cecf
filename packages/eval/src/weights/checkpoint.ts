/** A published weight file: where it lies and how to know it. */
export interface Checkpoint {
  /** The name of the file, under which it is kept. */
  file: string;
  /** Where it can be fetched, in the order in which addresses are tried. */
  urls: readonly string[];
  /** SHA-256 in hexadecimal, as published; absent where nobody has published one. */
  sha256?: string;
  /** Length of the file, for people. */
  megabytes: number;
}
