/**
 * Packs every public package and uses it as a stranger would: publint, attw, then an empty project that has nothing but
 * the tarballs: Node ESM, TypeScript under node16 and bundler resolution, a Vite production build that must tree-shake.
 * Run after `pnpm build`.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { root, run, tool } from './run.mjs';

const pnpm = ['-y', 'pnpm@12.21.0'];
const peers = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers', '@tensorflow/tfjs-backend-cpu'];
const tfjs = createRequire(join(root, 'package.json'))('@tensorflow/tfjs-core/package.json').version;
const workspace = createRequire(join(root, 'package.json'))('typescript/package.json').version;

const packages = readdirSync(`${root}packages`)
  .map((folder) => JSON.parse(readFileSync(`${root}packages/${folder}/package.json`, 'utf8')))
  .filter((manifest) => !manifest.private);

const work = mkdtempSync(join(tmpdir(), 'diptych-packages-'));
const project = join(work, 'project');
mkdirSync(project);

/** One import per package, and what it must do. */
const uses = `
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { writeNpy } from '@diptych/formats';
import { gelu } from '@diptych/ops';
import { karrasSigmas, key, normalArray } from '@diptych/core';
import { UViT } from '@diptych/models';
import { infoNce } from '@diptych/losses';
import { digits } from '@diptych/data';
import { frechetDistance } from '@diptych/eval';
import { adamW } from '@diptych/trainer';

await tf.setBackend('cpu');
const sigmas: number[] = karrasSigmas(18);
const network = new UViT({ image: [8, 8, 1], patch: 4, width: 8, depth: 2, heads: 2 });
const activated: tf.Tensor = gelu(tf.scalar(1));
console.log(
  sigmas.length, normalArray(key(0), 3).length, (await activated.data())[0].toFixed(4), digits().length,
  [writeNpy, network, infoNce, frechetDistance, adamW].map((value) => typeof value).join(),
);
`;

/** Bundles of one import each: with tfjs at hand they must not need it. Sizes are of the minified file, gzipped. */
const shaken = [
  { name: 'karrasSigmas', from: 'core', limit: 3_000 },
  { name: 'frechetDistance', from: 'eval', limit: 6_000 },
  { name: 'readSafetensors', from: 'formats', limit: 4_000 },
].map(({ name, from, limit }) => ({
  name,
  limit,
  code: `import { ${name} } from '@diptych/${from}';\nconsole.log(${name});`,
}));

/** Whole packages with tfjs left out. */
const whole = [
  { name: 'core', limit: 32_000 },
  { name: 'trainer', limit: 32_000 },
];

/** These rooms are for people without tfjs. */
const engineFree = ['schedules', 'grids', 'training', 'ramps', 'numeric'].map((room) => `@diptych/core/${room}`);

try {
  const tarballs = packages.map(pack);
  checkTarballs(tarballs);
  install(tarballs);
  checkNode();
  checkEngineFree();
  checkCommands();
  checkTypes();
  checkVite();
  console.log('\ncheck-packages: all packages pack, resolve, type-check, run and tree-shake');
} finally {
  rmSync(work, { recursive: true, force: true });
}

function pack({ name }) {
  const folder = `${root}packages/${name.split('/')[1]}`;
  run('npx', [...pnpm, 'pack', '--pack-destination', work], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  const prefix = name.replace('@', '').replace('/', '-');
  return join(
    work,
    readdirSync(work).find((file) => file.startsWith(`${prefix}-`) && file.endsWith('.tgz')),
  );
}

function checkTarballs(tarballs) {
  for (const tarball of tarballs) {
    console.log(`\n── ${tarball.slice(work.length + 1)}`);
    tool('publint', ['run', '--strict', tarball]);
    tool('attw', [tarball, '--profile', 'esm-only', '--format', 'ascii']);
  }
}

function install(tarballs) {
  const manifest = { name: 'somebody-elses-project', private: true, type: 'module' };
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
  const wanted = [...tarballs, ...peers.map((name) => `${name}@${tfjs}`), `typescript@${workspace}`, 'vite@8'];
  run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts', ...wanted], {
    cwd: project,
  });
}

function checkNode() {
  writeFileSync(join(project, 'use.ts'), uses);
  const javascript = uses.replace(/: (number\[\]|tf\.Tensor)/g, '');
  writeFileSync(join(project, 'use.mjs'), javascript);
  console.log('\n── Node ESM');
  run(process.execPath, ['use.mjs'], { cwd: project });
}

/** CommonJS modules that were loaded show in the cache of `require`. */
function checkEngineFree() {
  const code = `
    import { createRequire } from 'node:module';
    const loaded = () => Object.keys(createRequire(process.cwd() + '/x.js').cache).filter((path) => path.includes('tfjs'));
    for (const name of ${JSON.stringify(engineFree)}) {
      const room = await import(name);
      if (Object.keys(room).length === 0 || loaded().length > 0) throw new Error(name + ' loads ' + loaded());
    }
    await import('@diptych/core');
    if (loaded().length === 0) throw new Error('the check sees nothing');`;
  run(process.execPath, ['--input-type=module', '-e', code], { cwd: project });
  console.log(`── no tfjs in ${engineFree.join(', ')}`);
}

/** The commands, found by name as `npx` finds them. */
function checkCommands() {
  for (const [name, ...args] of [
    ['diptych-data', 'inspect', '--help'],
    ['diptych-eval', 'fid', '--help'],
  ]) {
    run('npx', ['--no-install', name, ...args], { cwd: project, stdio: ['ignore', 'ignore', 'inherit'] });
    console.log(`── npx ${name} ${args.join(' ')}`);
  }
}

function checkTypes() {
  for (const [moduleResolution, module] of [
    ['node16', 'node16'],
    ['bundler', 'esnext'],
  ]) {
    console.log(`── TypeScript, moduleResolution ${moduleResolution}`);
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022', '--lib', 'es2023,dom'];
    run(
      join(project, 'node_modules/.bin/tsc'),
      [...options, '--moduleResolution', moduleResolution, '--module', module, 'use.ts'],
      {
        cwd: project,
      },
    );
  }
}

function checkVite() {
  console.log('── Vite production build');
  for (const { name, code, limit } of shaken) {
    const text = bundle(name, code);
    checkSize(`${name} alone`, text, limit);
    if (/tfjs|WebGLRenderingContext/.test(text))
      throw new Error(`check-packages: importing ${name} alone pulls in tfjs`);
  }
  for (const { name, limit } of whole) {
    checkSize(`all of ${name}`, bundle(name, `export * from '@diptych/${name}';`, ['/^@tensorflow/']), limit);
  }
  const javascript = uses.replace(/: (number\[\]|tf\.Tensor)/g, '');
  checkSize('the example, tfjs included', bundle('use', javascript), 400_000);
}

function checkSize(what, text, limit) {
  const size = gzipSync(text).length;
  console.log(`   ${what}: ${size} bytes min+gzip`);
  if (size > limit) throw new Error(`check-packages: ${what} is ${size} bytes min+gzip, above its budget of ${limit}`);
}

function bundle(name, code, external = []) {
  writeFileSync(join(project, `${name}.entry.js`), code);
  const options = `input: '${name}.entry.js', external: [${external}], preserveEntrySignatures: 'strict'`;
  const output = "{ entryFileNames: 'bundle.js', codeSplitting: false }";
  const build = `target: 'esnext', outDir: 'out-${name}', rollupOptions: { ${options}, output: ${output} }`;
  writeFileSync(join(project, 'vite.config.js'), `export default { logLevel: 'error', build: { ${build} } };`);
  run(join(project, 'node_modules/.bin/vite'), ['build'], { cwd: project });
  return readFileSync(join(project, `out-${name}/bundle.js`), 'utf8');
}
