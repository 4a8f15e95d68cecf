import { check } from '@diptych/formats/errors';

/**
 * Throws unless the bytes are a whole WebP file of one picture; true if it has an alpha channel.
 *
 * @see RFC 9649, sections 2.5 to 2.7 and 3.4
 */
export function checkWebp(bytes: Uint8Array, name: string): boolean {
  const where = 'decodeWebp';
  const text = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = bytes.length >= 20 && text(0) === 'RIFF' && text(8) === 'WEBP';
  check(start, where, name, 'a WebP file', `the first bytes ${Array.from(bytes.subarray(0, 4)).join(' ')}`);
  const end = 8 + view.getUint32(4, true);
  check(bytes.length >= end, where, name, 'a whole WebP file', `${bytes.length} of ${end} bytes`);

  const kind = text(12);
  // Flags of the extended format: animation is bit 1, alpha bit 4.
  if (kind === 'VP8X') check((bytes[20] & 2) === 0, where, name, 'one picture', 'an animation');
  if (kind === 'VP8X') return (bytes[20] & 16) !== 0;
  // Lossless: after the signature, 14 bits of width, 14 of height, one of alpha.
  return kind === 'VP8L' && bytes.length > 24 && (bytes[24] & 16) !== 0;
}
