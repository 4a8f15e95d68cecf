/** Reads coded data bit by bit; a 0 byte after FF is no data. Throws an error where a marker or the end comes too early. */
export class BitReader {
  #bytes: Uint8Array;
  #at: number;
  #byte = 0;
  #left = 0;

  constructor(bytes: Uint8Array, from: number) {
    this.#bytes = bytes;
    this.#at = from;
  }

  bit(): number {
    if (this.#left === 0) {
      const byte = this.#bytes[this.#at];
      const isMarker = byte === 0xff && this.#bytes[this.#at + 1] !== 0;
      if (byte === undefined || isMarker) throw new Error(`an end inside the scan, at ${this.#at}`);
      this.#byte = byte;
      this.#at += byte === 0xff ? 2 : 1;
      this.#left = 8;
    }
    this.#left--;
    return (this.#byte >> this.#left) & 1;
  }

  bits(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) value = value * 2 + this.bit();
    return value;
  }

  /** Past the restart marker that must come next. */
  restart(): void {
    this.#left = 0;
    while (this.#bytes[this.#at] === 0xff && this.#bytes[this.#at + 1] === 0xff) this.#at++;
    const marker = this.#bytes[this.#at + 1];
    const found = this.#bytes[this.#at] === 0xff && marker >= 0xd0 && marker <= 0xd7;
    if (!found) throw new Error(`no restart marker at ${this.#at}`);
    this.#at += 2;
  }
}

/** Writes what `BitReader` reads. */
export class BitWriter {
  #bytes: number[] = [];
  #byte = 0;
  #filled = 0;

  bits(value: number, count: number): void {
    for (let i = count - 1; i >= 0; i--) {
      this.#byte = (this.#byte << 1) | (Math.floor(value / 2 ** i) & 1);
      if (++this.#filled < 8) continue;
      this.#bytes.push(this.#byte);
      if (this.#byte === 0xff) this.#bytes.push(0);
      this.#byte = this.#filled = 0;
    }
  }

  restart(number: number): void {
    this.#fill();
    this.#bytes.push(0xff, 0xd0 + (number & 7));
  }

  finish(): Uint8Array {
    this.#fill();
    return Uint8Array.from(this.#bytes);
  }

  /** Whole bytes end in ones. */
  #fill(): void {
    while (this.#filled > 0) this.bits(1, 1);
  }
}

/** A table of codes: the symbol of each, by length and value. @see ITU-T T.81, annex C */
export interface HuffmanTable {
  read(from: BitReader): { symbol: number; code: number; length: number };
}

/** The tables of a DHT segment, by class (0 DC, 1 AC) * 16 + number. */
export function huffmanTables(body: Uint8Array): Map<number, HuffmanTable> {
  const tables = new Map<number, HuffmanTable>();
  for (let at = 0; at + 17 <= body.length;) {
    const number = body[at];
    const counts = body.subarray(at + 1, at + 17);
    const symbols = body.subarray(at + 17);
    const codes = new Map<number, number>();
    let [code, k] = [0, 0];
    counts.forEach((count, i) => {
      for (let n = 0; n < count; n++) codes.set((i + 1) * 65536 + code++, symbols[k++]);
      code *= 2;
    });
    tables.set(number, {
      read(from) {
        let value = 0;
        for (let length = 1; length <= 16; length++) {
          value = value * 2 + from.bit();
          const symbol = codes.get(length * 65536 + value);
          if (symbol !== undefined) return { symbol, code: value, length };
        }
        throw new Error('a code that no table has');
      },
    });
    at += 17 + k;
  }
  return tables;
}
