import type { FeatureRows } from './feature-rows.ts';
import { isMoments } from './moments.ts';
import type { Moments } from './moments.ts';

/** First 16 hexadecimal digits of the SHA-256 of a set's features or moments, as little-endian doubles. */
export async function momentsHash(set: FeatureRows | Moments): Promise<string> {
  const [head, ...parts] = isMoments(set) ? [set.count, set.mean, set.covariance] : [set.dims, set.rows];
  const numbers = new Float64Array(1 + parts.reduce((sum, part) => sum + part.length, 0));
  numbers[0] = head;
  let at = 1;
  for (const part of parts) {
    numbers.set(part, at);
    at += part.length;
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', numbers));
  return Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
