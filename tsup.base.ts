import { defineConfig } from 'tsup';

/** One build for every package: ESM, declarations and source maps; what a package depends on stays an import. */
export const library = (entry: string[]) =>
  defineConfig({
    entry,
    format: ['esm'],
    target: 'es2022',
    platform: 'neutral',
    dts: true,
    sourcemap: true,
    clean: true,
    treeshake: true,
    splitting: true,
    tsconfig: '../../tsconfig.build.json',
  });
