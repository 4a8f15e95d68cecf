/** 32-bit FNV-1a of a text's UTF-8 bytes. */
export function fnv1a32(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** The finalising mixer of MurmurHash3: every bit of x decides every bit of the result. */
export function mix32(x: number): number {
  let mixed = x;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** `count` numbers in [-1, 1) that a name stands for: how golden numbers store large inputs. */
export function hashUnit(name: string, count: number): Float64Array {
  const seed = fnv1a32(name);
  const numbers = new Float64Array(count);
  for (let i = 0; i < count; i++) numbers[i] = mix32((seed + i) >>> 0) / 2 ** 31 - 1;
  return numbers;
}

/** `count` levels 0..255 that a name stands for. */
export function hashLevels(name: string, count: number): Uint8Array {
  const seed = fnv1a32(name);
  return Uint8Array.from({ length: count }, (_, i) => mix32((seed + i) >>> 0) >>> 24);
}
