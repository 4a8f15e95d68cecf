/** What the directory of a zip archive says of its files: CRC-32 of the contents by name. Empty if there is no directory. */
export function zipChecksums(bytes: Uint8Array): Map<string, number> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const checksums = new Map<string, number>();
  let end = bytes.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0) return checksums;
  let at = view.getUint32(end + 16, true);
  // Zip64: a locator before the end record says where the large record is, which says where the directory is.
  if (at === 0xffffffff || view.getUint16(end + 10, true) === 0xffff) {
    if (end < 20 || view.getUint32(end - 20, true) !== 0x07064b50) return checksums;
    at = Number(view.getBigUint64(Number(view.getBigUint64(end - 12, true)) + 48, true));
  }
  while (at + 46 <= bytes.length && view.getUint32(at, true) === 0x02014b50) {
    const name = bytes.subarray(at + 46, at + 46 + view.getUint16(at + 28, true));
    checksums.set(new TextDecoder().decode(name), view.getUint32(at + 16, true));
    at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return checksums;
}
