import type { JsonValue } from './checkpoint.ts';

/** A part of two configurations that is not the same. */
export interface Difference {
  /** Dotted name. */
  path: string;
  /** As JSON; undefined where it is absent. */
  saved: JsonValue | undefined;
  now: JsonValue | undefined;
}

/** Where two JSON values differ, by dotted name, leaves first to last. */
export function differences(saved: JsonValue | undefined, now: JsonValue | undefined, path = ''): Difference[] {
  if (isRecord(saved) && isRecord(now)) {
    const names = [...new Set([...Object.keys(saved), ...Object.keys(now)])];
    return names.flatMap((name) => differences(saved[name], now[name], path ? `${path}.${name}` : name));
  }
  return JSON.stringify(saved) === JSON.stringify(now) ? [] : [{ path, saved, now }];
}

function isRecord(value: JsonValue | undefined): value is { readonly [name: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
