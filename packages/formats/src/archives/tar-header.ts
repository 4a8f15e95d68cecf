import { type RefuseFile } from '../errors/index.ts';

/** What one header block of a tar archive says. */
export interface TarHeader {
  name: string;
  /** One letter; `0` for plain files, those of the oldest format included. */
  type: string;
  size: number;
}

/** Reads a header block and checks its checksum. */
export function readTarHeader(block: Uint8Array, at: number, refuse: RefuseFile): TarHeader {
  const field = (start: number, length: number) => tarText(block.subarray(start, start + length));
  // The checksum counts its own eight bytes as blanks; some old programs added bytes with their signs.
  const bytes = Array.from(block, (byte, i) => (i >= 148 && i < 156 ? 32 : byte));
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  const signed = bytes.reduce((total, byte) => total + (byte > 127 ? byte - 256 : byte), 0);
  const stored = tarNumber(block.subarray(148, 156));
  if (stored !== sum && stored !== signed)
    refuse(`is not a tar archive, or it is damaged: the checksum at byte ${at} is wrong`);
  const size = tarNumber(block.subarray(124, 136));
  if (!(Number.isSafeInteger(size) && size >= 0)) refuse(`is damaged: the size at byte ${at} is not a number`);
  // GNU tar, which writes a blank behind `ustar`, has other things in place of the prefix.
  const posix = field(257, 6) === 'ustar' && block[262] === 0;
  const prefix = posix ? field(345, 155) : '';
  const name = prefix ? `${prefix}/${field(0, 100)}` : field(0, 100);
  const type = block[156] === 0 || block[156] === 0x37 ? '0' : String.fromCharCode(block[156]);
  return { name, type, size };
}

/** The text of a field, up to the first zero byte. */
export function tarText(field: Uint8Array): string {
  const end = field.indexOf(0);
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(end < 0 ? field : field.subarray(0, end));
}

/** An octal number between blanks, or one of GNU tar in base 256, whose first bit is set. NaN if it is none. */
function tarNumber(field: Uint8Array): number {
  if (field[0] & 0x80) {
    const negative = field[0] & 0x40;
    return negative ? NaN : field.reduce((value, byte, i) => value * 256 + (i ? byte : byte & 0x3f), 0);
  }
  const text = tarText(field).trim();
  if (text === '') return 0;
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : NaN;
}
