/**
 * Checks that the kernels of `@diptych/ops/wasm` reach their users: builds the package as it is published, then runs the same small
 * program with it in Node, and bundled for production by Vite and by webpack, in a page and in a Web Worker of headless Chromium: served as it
 * is, where memory cannot be shared and one thread runs, and isolated by its headers, where several do. All have to install the kernels, run them
 * and come to the same numbers.
 *
 *   node packages/ops/scripts/check-bundlers.mjs
 *
 * DIPTYCH_CHROMIUM names the browser (default /usr/bin/chromium).
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { build as viteBuild } from 'vite';
import webpack from 'webpack';

const ops = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
const project = mkdtempSync(join(tmpdir(), 'diptych-bundlers-'));
const file = (name, text) => writeFileSync(join(project, name), text);

const work = `
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { conv2d, gelu, linear } from '@diptych/ops';
import { installWasmKernels } from '@diptych/ops/wasm';

export async function work(threadsWanted) {
  const isPage = typeof process === 'undefined';
  // In Node the heap must be shared before it starts; a page may do it either way.
  if (isPage) await tf.setBackend('wasm');
  const { instructionSet, threads, notes, replaced, added } = await installWasmKernels(threadsWanted ? { threads: threadsWanted } : {});
  await tf.setBackend('wasm');
  const numbers = (n, shape) => tf.tensor(Float32Array.from({ length: n }, (_, i) => Math.sin(i)), shape);
  const net = (x, kernel, wide) => tf.sum(tf.square(linear(conv2d(x, kernel), wide, null, { activation: gelu })));
  const inputs = [numbers(150, [2, 5, 5, 3]), numbers(108, [3, 3, 3, 4]), numbers(28, [4, 7])];
  const { value, grads } = tf.valueAndGrads(net)(inputs);
  const sums = await Promise.all([value, ...grads.map((grad) => tf.sum(tf.abs(grad)))].map((x) => x.data()));
  // Large enough to be shared out; 512 x 512 x 512 ones, again and again until every thread has had a chance.
  const ones = tf.ones([512, 512]);
  for (let i = 0; i < 60; i++) {
    const [first] = await tf.tidy(() => tf.matMul(ones, ones)).data();
    if (first !== 512) throw new Error('a product on several threads is wrong: ' + first);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const ran = (await tf.profile(() => tf.tidy(() => net(...inputs)))).kernelNames;
  return { instructionSet, threads, notes, kernels: replaced.length + added.length, ran, sums: sums.map(([sum]) => sum) };
}
`;
const browser = `import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';\nsetWasmPaths('/tfjs/');\n`;

try {
  install();
  file('work.mjs', work);
  file(
    'node.mjs',
    `import '@tensorflow/tfjs-backend-wasm';\nimport { work } from './work.mjs';\nconsole.log(JSON.stringify(await work(3)));\n`,
  );
  file(
    'worker.mjs',
    `${browser}import { work } from './work.mjs';\nonmessage = async ({ data }) => postMessage(await work(data));\n`,
  );
  file(
    'page.mjs',
    `${browser}import { work } from './work.mjs';
const worker = new Worker(new URL('./worker.mjs', import.meta.url), { type: 'module' });
worker.onerror = ({ message }) => (globalThis.failure = message);
const threads = globalThis.crossOriginIsolated ? 3 : undefined;
worker.onmessage = async ({ data }) => (globalThis.found = { page: await work(threads), worker: data });
worker.postMessage(threads);\n`,
  );
  file('index.html', '<!doctype html><title>kernels</title><script type="module" src="/page.mjs"></script>');

  const node = JSON.parse(
    execFileSync('node', ['node.mjs'], { cwd: project, encoding: 'utf8' }).trim().split('\n').at(-1),
  );
  const found = { node };
  for (const isolated of [false, true]) {
    // The threaded build of tfjs hands the text of a function to its workers, which a minifier makes refer to names outside.
    const minify = !isolated;
    await viteBuild({
      root: project,
      configFile: false,
      logLevel: 'error',
      worker: { format: 'es' },
      build: { target: 'esnext', minify },
    });
    Object.assign(found, await inBrowser('vite', join(project, 'dist'), isolated));
    await webpackBuild(minify);
    Object.assign(found, await inBrowser('webpack', join(project, 'packed'), isolated));
  }
  compare(found);
} finally {
  rmSync(project, { recursive: true, force: true });
}

/** The package as npm would unpack it, and what it stands on. */
function install() {
  file('package.json', '{ "type": "module", "private": true }');
  const target = join(project, 'node_modules/@diptych/ops');
  mkdirSync(target, { recursive: true });
  execFileSync(
    fileURLToPath(new URL('../../../node_modules/.bin/tsup', import.meta.url)),
    ['--out-dir', join(target, 'dist')],
    {
      cwd: ops,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  cpSync(join(ops, 'package.json'), join(target, 'package.json'));
  mkdirSync(join(project, 'node_modules/@tensorflow'));
  for (const name of ['tfjs-core', 'tfjs-layers', 'tfjs-backend-wasm', 'tfjs-backend-cpu']) {
    symlinkSync(join(ops, 'node_modules/@tensorflow', name), join(project, 'node_modules/@tensorflow', name));
  }
}

function webpackBuild(minimize) {
  const config = {
    mode: 'production',
    context: project,
    entry: './page.mjs',
    output: { path: join(project, 'packed'), publicPath: '/' },
    performance: { hints: false },
    optimization: { minimize },
    // What tfjs asks for in Node alone.
    resolve: {
      fallback: {
        fs: false,
        path: false,
        perf_hooks: false,
        os: false,
        util: false,
        crypto: false,
        worker_threads: false,
      },
    },
  };
  return new Promise((resolve, reject) =>
    webpack(config, (error, stats) => {
      if (error || stats.hasErrors()) return reject(error ?? new Error(stats.toString({ all: false, errors: true })));
      writeFileSync(
        join(project, 'packed/index.html'),
        '<!doctype html><script type="module" src="/main.js"></script>',
      );
      resolve();
    }),
  );
}

/** Serves the folder and the binaries of tfjs, opens the page, waits for both results. */
async function inBrowser(bundler, folder, isolated) {
  const name = `${bundler}${isolated ? ', isolated' : ''}`;
  const binaries = dirname(require.resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm'));
  const types = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };
  const server = createServer(({ url }, answer) => {
    const path = url === '/' ? '/index.html' : url;
    try {
      const from = path.startsWith('/tfjs/') ? join(binaries, path.slice(6)) : join(folder, path);
      const bytes = readFileSync(from);
      const isolation = isolated && {
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-embedder-policy': 'require-corp',
      };
      answer.writeHead(200, { 'content-type': types[extname(path)] ?? 'text/plain', ...isolation }).end(bytes);
    } catch {
      answer.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const chrome = await chromium.launch({
    executablePath: process.env.DIPTYCH_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  });
  try {
    const page = await chrome.newPage();
    const errors = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    const done = page.waitForFunction('globalThis.found ?? globalThis.failure', null, { timeout: 60_000 });
    await done.catch(() => {
      throw new Error(`check-bundlers: ${name}: no result in a minute. ${errors.join('\n')}`);
    });
    const result = await page.evaluate('globalThis.found');
    if (!result) throw new Error(`check-bundlers: ${name}: ${errors.join('\n')}`);
    return { [`${name}, page`]: result.page, [`${name}, worker`]: result.worker };
  } finally {
    await chrome.close();
    server.close();
  }
}

function compare(found) {
  const { sums, kernels } = found.node;
  for (const [where, result] of Object.entries(found)) {
    const differs = result.sums.some((sum, i) => !(Math.abs(sum / sums[i] - 1) < 1e-5));
    const missing = ['DiptychConv2d', 'DiptychActivatedLinear'].filter((name) => !result.ran.includes(name));
    if (differs || missing.length || result.kernels !== kernels || result.instructionSet === 'none')
      throw new Error(`check-bundlers: ${where}: ${JSON.stringify(result)}, in Node ${JSON.stringify(found.node)}`);
    const threads = where === 'node' || where.includes('isolated') ? 3 : 1;
    if (result.threads !== threads || (threads === 1 && !/isolated/.test(result.notes.join())))
      throw new Error(
        `check-bundlers: ${where}: ${result.threads} threads, not ${threads}: ${result.notes.join('; ')}`,
      );
    console.log(`${where}: ${result.kernels} kernels, ${result.instructionSet}, ${threads} threads`);
  }
}
