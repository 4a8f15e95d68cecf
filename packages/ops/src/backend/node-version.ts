/** Major version of Node, or undefined elsewhere. */
export function nodeVersion(): number | undefined {
  const versions = typeof process === 'undefined' ? undefined : process.versions;
  const isBrowser = typeof window !== 'undefined' && typeof window.document !== 'undefined';
  return versions?.node && !isBrowser ? Number.parseInt(versions.node, 10) : undefined;
}
