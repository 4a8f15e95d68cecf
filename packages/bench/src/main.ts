import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { installWasmKernels } from '@diptych/ops/wasm';
import { machine, versions } from './machine.ts';
import { startPyTorch } from './peers/pytorch.ts';
import { markdown } from './report/markdown.ts';
import type { Result } from './result.ts';
import { matmul } from './suites/matmul.ts';
import type { SuiteContext } from './suites/suite.ts';
import { vitSuite } from './suites/vit.ts';

const suites = [matmul, vitSuite];

const usage = `pnpm bench [options]
  --json FILE       write {machine, versions, results} there
  --markdown FILE   write the tables there
  --only NAMES      only these suites, comma-separated: ${suites.map((suite) => suite.name).join(', ')}
  --repeat N        timings of each side, the best counts (default 5)

Ratios above 1 mean that we are faster. PyTorch takes part if the Python named by DIPTYCH_PYTHON (default python3) has it.`;

const { values: options } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    json: { type: 'string' },
    markdown: { type: 'string' },
    only: { type: 'string' },
    repeat: { type: 'string', default: '5' },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  console.log(usage);
  process.exit(0);
}
const repeat = Number(options.repeat);
const chosen = options.only ? options.only.split(',').map(named) : suites;
if (!Number.isSafeInteger(repeat) || repeat < 1) fail(`--repeat must be a whole number from 1, got "${options.repeat}"`);

await tf.setBackend('wasm');
await tf.ready();
const pytorch = startPyTorch();
const kernels = await installWasmKernels();
const context: SuiteContext = {
  pytorch,
  repeat,
  note: (text) => console.error(`  ${text}`),
  async withKernels(on, step) {
    if (on) return step();
    (await installWasmKernels()).uninstall();
    try {
      return await step();
    } finally {
      await installWasmKernels();
    }
  },
};

const results: Result[] = [];
for (const suite of chosen) {
  console.error(suite.name);
  results.push(...(await suite.run(context)));
}
pytorch?.close();

const record = {
  machine: { ...machine(), instructionSet: kernels.instructionSet },
  versions: {
    ...versions(['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm', '@jax-js/jax']),
    pytorch: pytorch?.version ?? 'not installed',
  },
  results,
};
if (options.json) writeFileSync(options.json, JSON.stringify(record, null, 2) + '\n');
if (options.markdown) writeFileSync(options.markdown, markdown(record));
console.log(markdown(record));

function named(name: string) {
  return suites.find((suite) => suite.name === name) ?? fail(`--only: no suite named "${name}"`);
}

function fail(message: string): never {
  console.error(`bench: ${message}\n\n${usage}`);
  process.exit(2);
}
