import type { HostArrays, HostDtype } from './host-tensor.ts';
import {
  bfloat16,
  float16,
  float8e4m3,
  float8e4m3fnuz,
  float8e5m2,
  float8e5m2fnuz,
  widenFloats,
  widenScales,
} from './small-floats.ts';

/** How one element type of the file is read. */
export interface ElementType {
  bytes: number;
  dtype: HostDtype;
  /** The elements in a buffer of their own (little endian, like every machine that runs this). */
  read(buffer: ArrayBuffer): HostArrays[HostDtype];
}

/** The element types of safetensors by their names in the header; small floats come out as float32. */
export const elementTypes: Readonly<Record<string, ElementType>> = {
  F64: { bytes: 8, dtype: 'float64', read: (b) => new Float64Array(b) },
  F32: { bytes: 4, dtype: 'float32', read: (b) => new Float32Array(b) },
  F16: { bytes: 2, dtype: 'float32', read: (b) => widenFloats(new Uint16Array(b), float16) },
  BF16: { bytes: 2, dtype: 'float32', read: (b) => widenFloats(new Uint16Array(b), bfloat16) },
  F8_E4M3: { bytes: 1, dtype: 'float32', read: (b) => widenFloats(new Uint8Array(b), float8e4m3) },
  F8_E5M2: { bytes: 1, dtype: 'float32', read: (b) => widenFloats(new Uint8Array(b), float8e5m2) },
  F8_E4M3FNUZ: { bytes: 1, dtype: 'float32', read: (b) => widenFloats(new Uint8Array(b), float8e4m3fnuz) },
  F8_E5M2FNUZ: { bytes: 1, dtype: 'float32', read: (b) => widenFloats(new Uint8Array(b), float8e5m2fnuz) },
  F8_E8M0: { bytes: 1, dtype: 'float32', read: (b) => widenScales(new Uint8Array(b)) },
  I64: { bytes: 8, dtype: 'int64', read: (b) => new BigInt64Array(b) },
  U64: { bytes: 8, dtype: 'uint64', read: (b) => new BigUint64Array(b) },
  I32: { bytes: 4, dtype: 'int32', read: (b) => new Int32Array(b) },
  U32: { bytes: 4, dtype: 'uint32', read: (b) => new Uint32Array(b) },
  I16: { bytes: 2, dtype: 'int16', read: (b) => new Int16Array(b) },
  U16: { bytes: 2, dtype: 'uint16', read: (b) => new Uint16Array(b) },
  I8: { bytes: 1, dtype: 'int8', read: (b) => new Int8Array(b) },
  U8: { bytes: 1, dtype: 'uint8', read: (b) => new Uint8Array(b) },
  BOOL: { bytes: 1, dtype: 'bool', read: (b) => new Uint8Array(b) },
};

/** Bits of the element types that are listed, but not read. Types that are not even here are listed too. */
export const otherTypes: Readonly<Record<string, number>> = { F4: 4, F6_E2M3: 6, F6_E3M2: 6, C64: 64 };

/** The name in the header under which an element type of ours is written. */
export const elementNames: Readonly<Record<HostDtype, string>> = {
  float64: 'F64',
  float32: 'F32',
  int64: 'I64',
  uint64: 'U64',
  int32: 'I32',
  uint32: 'U32',
  int16: 'I16',
  uint16: 'U16',
  int8: 'I8',
  uint8: 'U8',
  bool: 'BOOL',
};
