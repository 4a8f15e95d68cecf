import { check } from '@diptych/formats/errors';

/** Refuses shares that are not from 0 to 1. */
export function checkShare(where: string, share: number): void {
  check(share >= 0 && share <= 1, where, 'share', 'from 0 to 1', share);
}
