import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where downloads are kept unless a call says otherwise: `$DIPTYCH_CACHE`, else `diptych` in `$XDG_CACHE_HOME` or `~/.cache`.
 *
 * @example
 * cacheFolder(); // '/home/ada/.cache/diptych'
 */
export function cacheFolder(): string {
  const { DIPTYCH_CACHE, XDG_CACHE_HOME } = process.env;
  return DIPTYCH_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'diptych');
}
