import type { FeatureRows } from '../features/feature-rows.ts';
import { isMoments } from '../moments/moments.ts';
import type { Moments } from '../moments/moments.ts';

/** First 16 hexadecimal digits of the SHA-256 of a set's features or moments, as little-endian doubles. */
export async function momentsHash(set: FeatureRows | Moments): Promise<string> {
  const parts = isMoments(set) ? [[set.count], set.mean, set.covariance] : [[set.dims], set.rows];
  const numbers = Float64Array.from(parts.flatMap((part) => Array.from(part)));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', numbers));
  return Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
