/** Imports an optional package. A bundler must leave this import alone: most users have but one of them. */
export const importOptional = (specifier: string): Promise<unknown> =>
  import(/* @vite-ignore */ /* webpackIgnore: true */ specifier);
