/** Pieces of a file in one array, however many they are: a list of millions of them would take far more than the file. */
export class Gathered {
  /** Made with the second piece: most files have one. */
  #whole: Uint8Array<ArrayBuffer> | undefined;
  #first: Uint8Array | undefined;
  #length = 0;
  readonly #most: number;

  /** @param most bytes that all pieces together have at most */
  constructor(most: number) {
    this.#most = most;
  }

  add(piece: Uint8Array): void {
    if (this.#first === undefined) this.#first = piece;
    else {
      if (!this.#whole) {
        this.#whole = new Uint8Array(this.#most);
        this.#whole.set(this.#first);
      }
      this.#whole.set(piece, this.#length);
    }
    this.#length += piece.length;
  }

  get bytes(): Uint8Array {
    return this.#whole?.subarray(0, this.#length) ?? this.#first ?? new Uint8Array(0);
  }
}
