/**
 * FNV-1a of the UTF-8 bytes of a name, 32 bits: turns the dotted name of a weight into a number to fold into a key.
 *
 * @see http://www.isthe.com/chongo/tech/comp/fnv/
 */
export function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
