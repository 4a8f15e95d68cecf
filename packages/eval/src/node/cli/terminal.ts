/** Where a subcommand writes: results to `out`, everything else to `err`; progress only where a person watches. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** A bar of images; `total` is absent where nobody knows it. */
  progress(label: string, total?: number): { update(images: number): void; stop(): void };
}
