import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Tests run on the sources: `@diptych/x` is packages/x/src, `@diptych/x/y` is packages/x/src/y. */
const alias = [
  { find: /^@diptych\/([\w-]+)\/([\w-]+)$/, replacement: at('packages') + '/$1/src/$2/index.ts' },
  { find: /^@diptych\/([\w-]+)$/, replacement: at('packages') + '/$1/src/index.ts' },
];

export default defineConfig({
  resolve: { alias },
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'node',
          include: ['{packages,examples,scripts}/**/*.test.{ts,mjs}'],
          exclude: ['**/*.browser.test.ts', '**/node_modules/**', '**/dist/**'],
          environment: 'node',
          pool: 'forks',
          testTimeout: 120_000,
          hookTimeout: 120_000,
          typecheck: { enabled: false },
        },
      },
    ],
  },
});
