import type { Json } from './checkpoint.ts';

/** A part of two configurations that is not the same. */
export interface Difference {
  /** Dotted name. */
  path: string;
  /** As JSON; undefined where it is absent. */
  saved: Json | undefined;
  now: Json | undefined;
}

/** Where two JSON values differ, by dotted name, leaves first to last. */
export function differences(saved: Json | undefined, now: Json | undefined, path = ''): Difference[] {
  if (isRecord(saved) && isRecord(now)) {
    const names = [...new Set([...Object.keys(saved), ...Object.keys(now)])];
    return names.flatMap((name) => differences(saved[name], now[name], path ? `${path}.${name}` : name));
  }
  return JSON.stringify(saved) === JSON.stringify(now) ? [] : [{ path, saved, now }];
}

function isRecord(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
