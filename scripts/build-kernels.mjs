/**
 * Compiles packages/ops/assembly/*.ts (AssemblyScript) to WebAssembly, one binary per instruction set, and writes them as
 * base64 into packages/ops/src/wasm/binaries.generated.ts. Does nothing when the sources have not changed.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { root } from './run.mjs';

const assembly = `${root}packages/ops/assembly`;
const target = `${root}packages/ops/src/wasm/binaries.generated.ts`;

/** The builds: instruction set -> features of the AssemblyScript compiler. */
const builds = { simd: ['simd'], relaxedSimd: ['simd', 'relaxed-simd'] };

const sources = readdirSync(assembly)
  .filter((name) => name.endsWith('.ts'))
  .sort();
const digest = createHash('sha256').update(readFileSync(new URL(import.meta.url)));
for (const name of sources) digest.update(name).update(readFileSync(`${assembly}/${name}`));
const stamp = `// ${digest.digest('hex')}`;

if (!existsSync(target) || readFileSync(target, 'utf8').split('\n', 1)[0] !== stamp) {
  const { default: asc } = await import('assemblyscript/asc');
  const lines = [stamp, '// Made by scripts/build-kernels.mjs from packages/ops/assembly; not edited by hand.', ''];
  for (const [name, features] of Object.entries(builds)) {
    const { error, stderr, binary } = await compile(asc, features);
    if (error) throw new Error(`build-kernels: ${name}: ${error.message}\n${stderr}`);
    lines.push(`export const ${name} =\n  '${Buffer.from(binary).toString('base64')}';`);
  }
  writeFileSync(target, lines.join('\n') + '\n');
}

async function compile(asc, features) {
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
      // The decorator is a comment in the sources, so that they stay TypeScript for the other tools.
      readFile: (name) =>
        existsSync(`${assembly}/${name}`)
          ? readFileSync(`${assembly}/${name}`, 'utf8').replaceAll(/^\/\/ @inline$/gm, '@inline')
          : null,
      writeFile: (name, contents) => {
        if (name === 'out.wasm') binary = contents;
      },
      listFiles: () => [],
    },
  );
  return { error, stderr: stderr.toString(), binary };
}
