import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { tellErrors } from '@diptych/formats/node';
import { installWasmKernels } from '@diptych/ops/wasm';
import { readArguments, usage, UsageError, type BenchArguments } from './arguments.ts';
import { multiplyAddPeak } from './bounds/multiply-add-peak.ts';
import { enginesHere, switchTo } from './engines.ts';
import { machine, versions } from './machine.ts';
import { onNewerNode } from './newer-node.ts';
import { pythonName, startPyTorch } from './peers/pytorch.ts';
import { startTfjsNode } from './peers/tfjs-node.ts';
import { flameSvg } from './profile/flame-svg.ts';
import { profileTable } from './profile/profile-table.ts';
import { markdown } from './report/markdown.ts';
import type { Result } from './result.ts';
import { suites } from './suites/all-suites.ts';
import type { SuiteContext } from './suites/suite.ts';

tellErrors('bench');
const names = suites.map(({ name }) => name);
const options = fromCommandLine();
const code = onNewerNode(fileURLToPath(import.meta.url), process.argv.slice(2));
if (code !== undefined) process.exit(code);

const kernels = await installWasmKernels();
await tf.setBackend('wasm');
await tf.ready();
const engines = enginesHere(kernels, machine().cores);
const remarks: string[] = kernels.notes.map((note) => `Kernels: ${note}.`);
const pytorch = startPyTorch();
if (!pytorch)
  remarks.push(
    `Left out for want of PyTorch in ${pythonName()} (DIPTYCH_PYTHON names another): every result against PyTorch.`,
  );
const isTooNew = Number.parseInt(process.versions.node, 10) >= 23;
const tfjsNode = isTooNew ? undefined : await startTfjsNode(machine().cores);
const absence = isTooNew
  ? 'crashes on Node 23 and later (DIPTYCH_BENCH_NODE=here stays on this one)'
  : 'is not installed';
if (!tfjsNode) remarks.push(`Left out, since @tensorflow/tfjs-node ${absence}: every result against tfjs-node.`);

const context: SuiteContext = {
  pytorch,
  tfjsNode,
  peak: multiplyAddPeak(options.repeat),
  repeat: options.repeat,
  note: (text) => console.error(`  ${text}`),
  remark: (text) => remarks.push(text),
  flame: options.profile
    ? (name, flame) => {
        write(join(options.profile!, `${name}.svg`), flameSvg(flame));
        write(join(options.profile!, `${name}.md`), profileTable(flame));
      }
    : undefined,
  engines,
  async on(engine, step) {
    await switchTo(engine);
    return step();
  },
  async withKernels(on, step) {
    await switchTo(on ? engines[0] : undefined);
    return step();
  },
};

const results: Result[] = [];
for (const suite of suites.filter(({ name }) => options.only.includes(name))) {
  console.error(suite.name);
  try {
    results.push(...(await suite.run(context)));
  } catch (error) {
    // The figures of the other suites are kept.
    remarks.push(`Left out, since it failed: ${suite.name}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
pytorch?.close();

const record = {
  machine: { ...machine(), instructionSet: kernels.instructionSet },
  versions: {
    ...versions(['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm', '@jax-js/jax']),
    pytorch: pytorch?.version ?? 'not installed',
    'tfjs-node': tfjsNode ? versions(['@tensorflow/tfjs-node'])['@tensorflow/tfjs-node'] : 'not installed',
  },
  results,
};
const report = markdown(record, remarks);
if (options.json) write(options.json, JSON.stringify(record, null, 2) + '\n');
if (options.markdown) write(options.markdown, report);
console.log(report);

/** File names are meant from where the user stands, which pnpm tells; it starts this script in the folder of the package. */
function write(file: string, text: string): void {
  const path = resolve(process.env.INIT_CWD ?? '.', file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function fromCommandLine(): BenchArguments {
  try {
    const read = readArguments(process.argv.slice(2), names);
    if (!read.help) return read;
    console.log(usage(names));
    process.exit(0);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`bench: ${error.message}\n\n${usage(names)}`);
    process.exit(2);
  }
}
