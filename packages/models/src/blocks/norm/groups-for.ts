import { checkSizes } from '../../base/check-sizes.ts';

/** Options of `groupsFor`. */
export interface GroupsForOptions {
  /** Never more groups than this. Default 32. */
  most?: number;
  /** At least so many channels in each group, as far as there are. Default 4. */
  channelsPerGroup?: number;
}

/**
 * How many groups EDM's networks normalise `channels` channels in: min(32, floor(channels / 4)), and 1 for fewer channels than 4.
 *
 * @throws DiptychError if a number is not a positive integer
 * @see Karras et al. 2022, arXiv:2206.00364: the groups of its DDPM++, NCSN++ and ADM networks
 * @example
 * groupsFor(96); // 24
 */
export function groupsFor(channels: number, { most = 32, channelsPerGroup = 4 }: GroupsForOptions = {}): number {
  checkSizes('groupsFor', { channels, most, channelsPerGroup });
  return Math.max(1, Math.min(most, Math.floor(channels / channelsPerGroup)));
}
