/** Whether this is Node (or what takes its place) and no page. */
export const inNode = (): boolean =>
  typeof process !== 'undefined' &&
  Boolean(process.versions?.node) &&
  !(typeof window !== 'undefined' && typeof window.document !== 'undefined');

/** A module of Node's own. Its name goes through a variable, so that bundlers for the browser leave the import alone. */
export const importNode = <T>(name: string): Promise<T> =>
  import(/* @vite-ignore */ /* webpackIgnore: true */ name) as Promise<T>;
