/** A file of which any part can be read: on a disk, behind a URL, or wherever bytes can be fetched from. */
export interface RangedFile {
  /** Size in bytes. */
  size: number;
  /** The bytes from `start` up to `end`, without `end`. */
  readRange(start: number, end: number): Promise<Uint8Array>;
}
