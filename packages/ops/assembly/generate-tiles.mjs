/**
 * Writes tiles.ts: the register tiles of the matrix product. Six rows by 16, 8 or 4 columns, with the rows of the left factor in a panel or as
 * they lie, beginning at zero, at what is there, or at a bias: one text for all of them, since AssemblyScript has no macros.
 *
 *   node packages/ops/assembly/generate-tiles.mjs
 */
import { writeFileSync } from 'node:fs';

const rows = [0, 1, 2, 3, 4, 5];

const tile = (columns, start, inRows) => {
  const vectors = Array.from({ length: columns / 4 }, (_, i) => i);
  const sums = rows.flatMap((row) => vectors.map((vector) => ({ row, vector, name: `c${row}${vector}` })));
  const offset = (vector) => (vector ? `, ${16 * vector}` : '');
  const name = `${inRows ? 'rows' : 'tile'}${columns}${start}`;
  const first = {
    Zero: () => 'f32x4.splat(0)',
    Onto: ({ row, vector }) => `v128.load(row${row}${offset(vector)})`,
    Bias: ({ row, vector }) => (row ? `c0${vector}` : `v128.load(bias${offset(vector)})`),
  }[start];
  const left = (row) => (inRows ? `a${row}` : `a${row ? `, ${4 * row}` : ''}`);
  return [
    `export function ${name}(depth: i32, a: usize, ${inRows ? 'aRow: usize, ' : ''}b: usize, c: usize, cRow: usize${start === 'Bias' ? ', bias: usize' : ''}): void {`,
    `  const row0 = c;`,
    ...rows.slice(1).map((row) => `  const row${row} = row${row - 1} + cRow;`),
    ...sums.map((sum) => `  let ${sum.name} = ${first(sum)};`),
    ...(inRows ? rows.map((row) => `  let a${row} = ${row ? `a${row - 1} + aRow` : 'a'};`) : []),
    `  for (; depth > 0; depth--) {`,
    ...vectors.map((vector) => `    const b${vector} = v128.load(b${offset(vector)});`),
    ...rows.flatMap((row) => [
      `    const x${row} = v128.load_splat<f32>(${left(row)});`,
      ...vectors.map((vector) => `    c${row}${vector} = fma(x${row}, b${vector}, c${row}${vector});`),
    ]),
    ...(inRows ? rows.map((row) => `    a${row} += 4;`) : ['    a += 24;']),
    `    b += 4 * panel;`,
    `  }`,
    ...sums.map((sum) => `  v128.store(row${sum.row}, ${sum.name}${offset(sum.vector)});`),
    `}`,
  ].join('\n');
};

const tiles = [16, 8, 4].flatMap((columns) =>
  [false, true].flatMap((inRows) => ['Zero', 'Onto', 'Bias'].map((start) => tile(columns, start, inRows))),
);

writeFileSync(
  new URL('tiles.ts', import.meta.url),
  `/**
 * Made by generate-tiles.mjs: C [6, 16 | 8 | 4] = start + A times the first columns of the panel B [depth][panel]; \`tile...\` takes A as a panel
 * [depth][6], \`rows...\` six rows as they lie. Zero, Onto (C as it is) and Bias are functions apart: sums that meet in a branch stay in
 * vectors of 128 bits. For the same reason all of C is read before any of it is written, and what lies side by side is done side by side.
 */
import { panel } from './build';
import { fma } from './simd';

${tiles.join('\n\n')}
`,
);
