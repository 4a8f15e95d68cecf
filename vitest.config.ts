import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Tests run on the sources: `@diptych/x` is packages/x/src, `@diptych/x/y` is packages/x/src/y. */
const alias = [
  { find: /^@diptych\/([\w-]+)\/([\w-]+)$/, replacement: at('packages') + '/$1/src/$2/index.ts' },
  { find: /^@diptych\/([\w-]+)$/, replacement: at('packages') + '/$1/src/index.ts' },
];

/** What must be the same bytes in every engine runs in both. */
const browserTests = ['packages/**/*.browser.test.ts', 'packages/core/src/random/*.test.ts'];
const elsewhere = ['**/node_modules/**', '**/dist/**'];

export default defineConfig({
  resolve: { alias },
  test: {
    reporters: ['default', at('scripts/counting-reporter.mjs')],
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'node',
          include: ['{packages,examples,scripts,docs}/**/*.test.{ts,mjs}'],
          exclude: ['**/*.browser.test.ts', ...elsewhere],
          pool: 'forks',
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        resolve: { alias },
        // Found before the first test: a dependency found later would reload the page in the middle of one.
        optimizeDeps: { entries: browserTests },
        test: {
          name: 'browser',
          include: browserTests,
          exclude: elsewhere,
          testTimeout: 120_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                executablePath: process.env.DIPTYCH_CHROMIUM ?? '/usr/bin/chromium',
                args: [
                  '--no-sandbox',
                  '--disable-gpu',
                  '--disable-background-networking',
                  '--disable-component-update',
                ],
              },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
