import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Rollup } from 'vite';

const packages = fileURLToPath(new URL('../../../', import.meta.url));
const entry = 'virtual:diptych-bundle-entry';

/** Bytes of a production bundle of `code`, minified and gzipped, without tfjs: what our packages add to somebody's application. */
export async function bundleSize(code: string): Promise<number> {
  const output = (await build({
    configFile: false,
    logLevel: 'silent',
    root: packages,
    resolve: {
      alias: [
        { find: /^@diptych\/([\w-]+)\/([\w-]+)$/, replacement: `${packages}$1/src/$2/index.ts` },
        { find: /^@diptych\/([\w-]+)$/, replacement: `${packages}$1/src/index.ts` },
      ],
    },
    plugins: [
      {
        name: 'diptych-bundle-entry',
        resolveId: (id) => (id === entry ? id : null),
        load: (id) => (id === entry ? code : null),
      },
    ],
    build: {
      write: false,
      target: 'esnext',
      minify: true,
      rollupOptions: {
        input: entry,
        external: [/^@tensorflow\//, /^node:/],
        preserveEntrySignatures: 'strict',
        output: { codeSplitting: false },
      },
    },
  })) as Rollup.RollupOutput | Rollup.RollupOutput[];
  const chunks = [output].flat().flatMap(({ output }) => output);
  return chunks.reduce((sum, chunk) => sum + gzipSync(chunk.type === 'chunk' ? chunk.code : chunk.source).length, 0);
}
