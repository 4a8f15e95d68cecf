import { describeValue } from '../errors/index.ts';
import { callOf, globalOf, keyOf, objectOf, refuse, storageOf } from './allowed-globals.ts';
import { Fields } from './pickle-values.ts';

const mark = Symbol('mark');

/** One pickle read from a file: its value, and where it ended. */
export interface Unpickled {
  value: unknown;
  end: number;
}

/**
 * Reads one pickle without executing anything: a stack machine that knows the operations of plain data and of PyTorch's tensors,
 * and compares every name with a list. Dictionaries become Maps, tuples and lists arrays, integers beyond 2^53 bigints.
 *
 * @see https://docs.python.org/3/library/pickletools.html for the operations
 */
export function unpickle(bytes: Uint8Array, start = 0): Unpickled {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stack: unknown[] = [];
  const memo = new Map<number, unknown>();
  let at = start;
  const damaged = (why: string): never => refuse(`the pickle is damaged at byte ${at}: ${why}`);
  const take = (count: number) => {
    if (!(count >= 0) || at + count > bytes.length) damaged(`it ends early, after ${bytes.length} bytes`);
    at += count;
    return at - count;
  };
  const pop = () => (stack.length ? stack.pop() : damaged('its stack is empty'));
  const top = <T>(type: new (...args: never[]) => T, name: string): T => {
    const value = stack.at(-1);
    return value instanceof type ? value : damaged(`a ${name} is missing`);
  };
  const sinceMark = () => {
    const from = stack.lastIndexOf(mark);
    if (from < 0) damaged('a mark is missing');
    const values = stack.splice(from);
    values.shift();
    return values;
  };
  const text = (length: number) => new TextDecoder().decode(bytes.subarray(take(length), at));
  const line = () => {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0) damaged('a line does not end');
    const value = text(end - at);
    take(1);
    return value;
  };
  const long = (length: number) => {
    const from = take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[from + i]);
    if (length && bytes[from + length - 1] & 0x80) value -= 1n << BigInt(8 * length);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  };
  const uint8 = () => view.getUint8(take(1));
  const uint32 = () => view.getUint32(take(4), true);
  const uint64 = () => Number(view.getBigUint64(take(8), true));
  const setItems = (values: unknown[]) => {
    const target = top(Map, 'dictionary');
    for (let i = 0; i + 1 < values.length; i += 2) target.set(keyOf(values[i]), values[i + 1]);
  };
  const recall = (index: number) => (memo.has(index) ? memo.get(index) : damaged(`memo ${index} is missing`));
  const tuple = (count: number) => {
    if (stack.length < count) damaged('its stack is empty');
    stack.push(stack.splice(stack.length - count));
  };
  const build = () => {
    const state = pop();
    const target = stack.at(-1);
    if (target instanceof Fields && state instanceof Map) target.entries = state;
    // The attributes of a dictionary (`_metadata` of a state dict) are not part of its contents.
    else if (!(target instanceof Map))
      refuse(
        `the pickle sets fields of ${target === null ? 'null' : `a value of type ${typeof target}`}, which is not allowed`,
      );
  };

  const operations: Readonly<Record<number, () => void>> = {
    0x80: () => void take(1), // PROTO
    0x95: () => void take(8), // FRAME
    0x28: () => stack.push(mark), // MARK
    0x30: () => void pop(), // POP
    0x4e: () => stack.push(null), // NONE
    0x88: () => stack.push(true), // NEWTRUE
    0x89: () => stack.push(false), // NEWFALSE
    0x4a: () => stack.push(view.getInt32(take(4), true)), // BININT
    0x4b: () => stack.push(uint8()), // BININT1
    0x4d: () => stack.push(view.getUint16(take(2), true)), // BININT2
    0x8a: () => stack.push(long(uint8())), // LONG1
    0x47: () => stack.push(view.getFloat64(take(8), false)), // BINFLOAT
    0x58: () => stack.push(text(uint32())), // BINUNICODE
    0x8c: () => stack.push(text(uint8())), // SHORT_BINUNICODE
    0x8d: () => stack.push(text(uint64())), // BINUNICODE8
    0x54: () => stack.push(text(uint32())), // BINSTRING
    0x55: () => stack.push(text(uint8())), // SHORT_BINSTRING
    0x42: () => stack.push(bytes.slice(take(uint32()), at)), // BINBYTES
    0x43: () => stack.push(bytes.slice(take(uint8()), at)), // SHORT_BINBYTES
    0x7d: () => stack.push(new Map()), // EMPTY_DICT
    0x5d: () => stack.push([]), // EMPTY_LIST
    0x29: () => stack.push([]), // EMPTY_TUPLE
    0x74: () => stack.push(sinceMark()), // TUPLE
    0x85: () => tuple(1), // TUPLE1
    0x86: () => tuple(2), // TUPLE2
    0x87: () => tuple(3), // TUPLE3
    0x61: () => {
      const value = pop();
      top(Array, 'list').push(value);
    }, // APPEND
    0x65: () => {
      const values = sinceMark();
      const list = top(Array, 'list');
      for (const value of values) list.push(value);
    }, // APPENDS
    0x73: () => {
      const value = pop();
      setItems([pop(), value]);
    }, // SETITEM
    0x75: () => setItems(sinceMark()), // SETITEMS
    0x71: () => memo.set(uint8(), stack.at(-1)), // BINPUT
    0x72: () => memo.set(uint32(), stack.at(-1)), // LONG_BINPUT
    0x94: () => memo.set(memo.size, stack.at(-1)), // MEMOIZE
    0x68: () => stack.push(recall(uint8())), // BINGET
    0x6a: () => stack.push(recall(uint32())), // LONG_BINGET
    0x63: () => {
      const module = line();
      stack.push(globalOf(module, line()));
    }, // GLOBAL
    0x93: () => {
      const name = pop();
      const module = pop();
      const named = typeof module === 'string' && typeof name === 'string';
      if (!named) damaged(`a name is not a string: ${describeValue([module, name])}`);
      stack.push(globalOf(String(module), String(name)));
    }, // STACK_GLOBAL
    0x52: () => {
      const args = pop();
      stack.push(callOf(pop(), args));
    }, // REDUCE
    0x81: () => {
      pop();
      stack.push(objectOf(pop()));
    }, // NEWOBJ
    0x62: build, // BUILD
    0x51: () => stack.push(storageOf(pop())), // BINPERSID
  };

  for (;;) {
    const operation = uint8();
    if (operation === 0x2e) return { value: pop(), end: at }; // STOP
    const run = operations[operation];
    if (!run)
      refuse(`the pickle has the operation 0x${operation.toString(16)}, which tensors and plain values do not need`);
    run();
  }
}
