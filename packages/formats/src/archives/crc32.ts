/** Table k holds the CRC of a byte with k zero bytes behind it, so that eight bytes are taken at a time. */
let tables: Uint32Array[] | undefined;

/**
 * The CRC-32 checksum of zip, gzip and PNG, as an unsigned integer.
 *
 * @see ISO 3309, section 8.1.1.6.2; Kounavis and Berry 2005, A systematic approach to building high performance software-based CRC
 * generators (eight bytes at a time)
 * @example
 * crc32(new TextEncoder().encode('123456789')); // 0xcbf43926
 */
export function crc32(bytes: Uint8Array): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = (tables ??= makeTables());
  let crc = 0xffffffff;
  let at = 0;
  for (const end = bytes.length - 7; at < end; at += 8) {
    crc ^= bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    crc =
      t7[crc & 255] ^
      t6[(crc >>> 8) & 255] ^
      t5[(crc >>> 16) & 255] ^
      t4[crc >>> 24] ^
      t3[bytes[at + 4]] ^
      t2[bytes[at + 5]] ^
      t1[bytes[at + 6]] ^
      t0[bytes[at + 7]];
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[at]) & 255];
  return (crc ^ 0xffffffff) >>> 0;
}

function makeTables(): Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let c = byte;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    return c;
  });
  const made = [first];
  for (let k = 1; k < 8; k++) made.push(made[k - 1].map((crc) => (crc >>> 8) ^ first[crc & 255]));
  return made;
}
