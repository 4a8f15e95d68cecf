import { readFileSync } from 'node:fs';
import { defineConfig, type Options } from 'tsup';

/** Keeps every source file a module of its own, `./x.ts` becoming `./x.js`. */
const moduleByModule: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'module-by-module',
  setup(build) {
    build.onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ path, kind }) =>
      kind === 'entry-point' ? undefined : { path: path.replace(/\.ts$/, '.js'), external: true },
    );
  },
};

/** The source of every entry that the manifest of the package being built exports: its root and its rooms. */
function entries(): string[] {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    exports: Record<string, string | { types: string }>;
  };
  return Object.values(exports).flatMap((entry) =>
    typeof entry === 'string' ? [] : [entry.types.replace('./dist/', 'src/').replace(/\.d\.ts$/, '.ts')],
  );
}

/**
 * One build for every package: ESM, declarations and source maps; what a package depends on stays an import. Modules stay
 * apart, since a bundler drops whole modules that nobody needs, but must keep what a module it keeps imports: someone who
 * takes a noise schedule must not get tfjs along with it.
 */
export const library = () =>
  defineConfig({
    entry: ['src/**/*.ts', '!src/**/*.test.ts', '!src/**/*.test-d.ts'],
    format: ['esm'],
    target: 'es2022',
    platform: 'neutral',
    dts: { entry: entries() },
    sourcemap: true,
    clean: true,
    splitting: false,
    esbuildPlugins: [moduleByModule],
    tsconfig: '../../tsconfig.build.json',
  });
