/** How an image file is read. */
export interface DecodeOptions {
  /** What messages call the file. Default: its format. */
  name?: string;
}
