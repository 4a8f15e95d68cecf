/** A class or function that a pickle names. It is never looked up, only compared. */
export class Global {
  constructor(readonly name: string) {}
}

/** An object of a class on the allow-list that only carries fields, such as argparse.Namespace. */
export class Fields {
  entries = new Map<unknown, unknown>();
}

/** Bytes of tensors, by the key under which the file holds them. */
export interface Storage {
  key: string;
  /** Name in `elementTypes`, or in `unreadTypes`; undefined for untyped bytes. */
  type?: string;
  /** Number of elements that the pickle says it has. */
  count: number;
}

/** A tensor as the pickle describes it: a strided view of a storage. */
export class StridedTensor {
  constructor(
    readonly storage: Storage,
    readonly type: string,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}
