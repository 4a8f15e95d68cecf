/** Every check of the workspace, cheapest first. `pnpm test [-- vitest arguments]`. */
import { performance } from 'node:perf_hooks';
import { chromium } from './chromium.mjs';
import { tool } from './run.mjs';
import './build-kernels.mjs';

const checks = {
  format: () => tool('prettier', ['--check', '.', '--log-level', 'warn']),
  lint: () => tool('eslint', ['.', '--max-warnings', '0']),
  arrows: () => tool('depcruise', ['--config', '.dependency-cruiser.cjs', 'packages', 'examples']),
  types: () => tool('tsc', ['--noEmit', '-p', 'tsconfig.json']),
  tests: () =>
    tool('vitest', ['run', ...process.argv.slice(2).filter((argument) => argument !== '--')], {
      env: { ...process.env, DIPTYCH_CHROMIUM: chromium() },
    }),
};

for (const [name, check] of Object.entries(checks)) {
  const start = performance.now();
  console.log(`\n── ${name}`);
  try {
    check();
  } catch (error) {
    console.error(`\n${name}: ${error.message}`);
    process.exit(1);
  }
  console.log(`── ${name}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
}
