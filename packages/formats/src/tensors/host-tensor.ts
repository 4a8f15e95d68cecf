/** Element types of host tensors and the arrays that hold them. */
export interface HostArrays {
  float32: Float32Array;
  float64: Float64Array;
  int8: Int8Array;
  uint8: Uint8Array;
  int16: Int16Array;
  uint16: Uint16Array;
  int32: Int32Array;
  uint32: Uint32Array;
  int64: BigInt64Array;
  uint64: BigUint64Array;
  /** 0 or 1. */
  bool: Uint8Array;
}

/** Element type of a host tensor. */
export type HostDtype = keyof HostArrays;

/** A tensor in host memory, row-major: what files hold, without an engine. */
export type HostTensor = { [D in HostDtype]: { shape: readonly number[]; dtype: D; data: HostArrays[D] } }[HostDtype];

/** Host tensors by name. */
export type HostTensors = Readonly<Record<string, HostTensor>>;

/** The elements as numbers that a tfjs tensor can be made of; 64-bit integers lose what lies beyond 2^53. */
export function numbersOf({ data }: HostTensor): Float32Array | Float64Array | Int32Array | Uint8Array {
  const big = data instanceof BigInt64Array || data instanceof BigUint64Array;
  return (big ? Float64Array.from(data as BigInt64Array, Number) : data) as Float32Array;
}
