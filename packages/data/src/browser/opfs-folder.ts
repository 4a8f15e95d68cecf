/**
 * A folder of the browser's private file system (OPFS), made if it is not there: what a page keeps between visits.
 *
 * @throws Error of the browser if the page may keep nothing (private windows, no secure context).
 * @see https://fs.spec.whatwg.org/#sandboxed-filesystem
 * @example
 * const cache = await opfsFolder('diptych');
 */
export async function opfsFolder(name: string): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle(name, { create: true });
}
