/** What systems leave behind in folders and archives: names with a dot in front (`.DS_Store`, `._x`) and those of macOS and Windows. */
const leftBehind = new Set(['__macosx', 'thumbs.db', 'desktop.ini']);

/**
 * Whether a path, or a folder on it, belongs to a system and not to a set of files: the rule of all folders and archives of images.
 *
 * @example
 * isHidden('__MACOSX/cat/._1.png'); // true
 */
export function isHidden(path: string): boolean {
  return path.split('/').some((part) => part.startsWith('.') || leftBehind.has(part.toLowerCase()));
}
