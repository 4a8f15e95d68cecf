/** pnpm paper-map: the table "From source to file" of docs/paper-map.md, made of the `@see` lines of everything exported. `--check` only compares. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { root } from './run.mjs';

const packages = ['ops', 'core', 'models', 'losses', 'data', 'eval', 'trainer'];
const page = `${root}docs/paper-map.md`;
const [begin, end] = ['<!-- made by pnpm paper-map -->', '<!-- end -->'];

const files = packages.flatMap((name) =>
  readdirSync(`${root}packages/${name}/src`, { recursive: true })
    .map((file) => `${name}/src/${file}`)
    .filter((file) => file.endsWith('.ts') && !/\.(test|test-d|generated)\.ts$/.test(file))
    .sort(),
);

/** Name and sources of everything that a file exports under a docstring with `@see`. */
function sourcesOf(file) {
  const text = readFileSync(`${root}packages/${file}`, 'utf8');
  const blocks =
    /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*export (?:abstract )?(?:async )?(?:function\*?|class|const|interface|type) (\w+)/g;
  return [...text.matchAll(blocks)].flatMap(([, comment, name]) => {
    const lines = comment.split('\n').map((line) => line.replace(/^\s*\*? ?/, ''));
    const sources = [];
    let inside = false;
    for (const line of lines) {
      if (line.startsWith('@see ')) sources.push(line.slice(5).trim());
      else if (inside && line.trim() && !line.startsWith('@')) sources[sources.length - 1] += ` ${line.trim()}`;
      inside = line.startsWith('@see ') || (inside && line.trim() !== '' && !line.startsWith('@'));
    }
    return sources.length ? [{ name, sources: sources.join('; ') }] : [];
  });
}

const rows = files.flatMap((file) =>
  sourcesOf(file).map(({ name, sources }) => {
    const test = file.replace(/\.ts$/, '.test.ts');
    const proof = existsSync(`${root}packages/${test}`) ? ` ([test](../packages/${test}))` : '';
    return `| \`${name}\` | ${sources.replaceAll('|', '\\|')} | [${file}](../packages/${file})${proof} |`;
  }),
);
const table = ['| export | source | file |', '|---|---|---|', ...rows].join('\n');

const before = readFileSync(page, 'utf8');
const [head, rest] = before.split(begin);
const after = `${head}${begin}\n\n${table}\n\n${end}${rest.split(end)[1]}`;
if (process.argv.includes('--check')) {
  if (before !== after) {
    console.error('docs/paper-map.md does not say what the docstrings say: run pnpm paper-map');
    process.exit(1);
  }
} else writeFileSync(page, after);
