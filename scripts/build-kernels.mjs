/**
 * Compiles packages/ops/assembly/*.ts (AssemblyScript) to WebAssembly, one binary per instruction set, and writes them as
 * base64 into packages/ops/src/wasm/binaries.generated.ts; the wide one, which pages have no use for, goes into a file of its own. Does nothing
 * when the sources have not changed.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { root } from './run.mjs';

const assembly = `${root}packages/ops/assembly`;
const folder = `${root}packages/ops/src/wasm/`;
const targets = { 'binaries.generated.ts': ['simd', 'relaxedSimd'], 'wide-binary.generated.ts': ['wide'] };

/** The builds: instruction set -> features of the AssemblyScript compiler, and columns of a panel (assembly/build.ts). */
const builds = {
  simd: { features: ['simd'], panel: 8 },
  relaxedSimd: { features: ['simd', 'relaxed-simd'], panel: 8 },
  wide: { features: ['simd', 'relaxed-simd'], panel: 16 },
};

const sources = readdirSync(assembly)
  .filter((name) => name.endsWith('.ts'))
  .sort();
const digest = createHash('sha256').update(readFileSync(new URL(import.meta.url)));
for (const name of sources) digest.update(name).update(readFileSync(`${assembly}/${name}`));
const stamp = `// ${digest.digest('hex')}`;

for (const [file, names] of Object.entries(targets)) {
  const target = folder + file;
  if (existsSync(target) && readFileSync(target, 'utf8').split('\n', 1)[0] === stamp) continue;
  const { default: asc } = await import('assemblyscript/asc');
  const lines = [stamp, '// Made by scripts/build-kernels.mjs from packages/ops/assembly; not edited by hand.', ''];
  for (const name of names) {
    const { error, stderr, binary } = await compile(asc, builds[name]);
    if (error) throw new Error(`build-kernels: ${name}: ${error.message}\n${stderr}`);
    lines.push(`export const ${name} =\n  '${Buffer.from(binary).toString('base64')}';`);
  }
  writeFileSync(target, lines.join('\n') + '\n');
}

async function compile(asc, { features, panel }) {
  let binary;
  const stderr = asc.createMemoryStream();
  const { error } = await asc.main(
    [
      'index.ts',
      '--outFile',
      'out.wasm',
      '--runtime',
      'stub',
      '--importMemory',
      '-O3',
      '--noAssert',
      '--initialMemory',
      '0',
      '--maximumMemory',
      '65536',
      '--converge',
      ...features.flatMap((feature) => ['--enable', feature]),
    ],
    {
      stderr,
      readFile: (name) => {
        if (!existsSync(`${assembly}/${name}`)) return null;
        const text = readFileSync(`${assembly}/${name}`, 'utf8');
        if (name === 'build.ts') return text.replace(/panel: i32 = \d+/, `panel: i32 = ${panel}`);
        // The decorator is a comment in the sources, so that they stay TypeScript for the other tools.
        return text.replaceAll(/^\/\/ @inline$/gm, '@inline');
      },
      writeFile: (name, contents) => {
        if (name === 'out.wasm') binary = contents;
      },
      listFiles: () => [],
    },
  );
  return { error, stderr: stderr.toString(), binary };
}
