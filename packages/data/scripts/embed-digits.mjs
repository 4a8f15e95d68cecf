// Writes src/datasets/digit-levels.ts from digits.bin and labels.bin (uint8, as the UCI set has them): node scripts/embed-digits.mjs <folder>
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
if (!folder) throw new Error('usage: node scripts/embed-digits.mjs <folder with digits.bin and labels.bin>');

/** Bits, first bit in the highest place of a byte. */
function packer() {
  const bytes = [];
  let count = 0;
  return {
    put(value, bits) {
      for (let bit = bits - 1; bit >= 0; bit--, count++) {
        if (count % 8 === 0) bytes.push(0);
        bytes[bytes.length - 1] |= ((value >> bit) & 1) << (7 - (count % 8));
      }
    },
    base64: () => Buffer.from(bytes).toString('base64'),
  };
}

const levels = packer();
for (const level of readFileSync(join(folder, 'digits.bin'))) {
  if (level === 0) levels.put(0, 1);
  else levels.put(0b10000 | (level - 1), 5);
}
const labels = packer();
for (const label of readFileSync(join(folder, 'labels.bin'))) labels.put(label, 4);

writeFileSync(
  new URL('../src/datasets/digit-levels.ts', import.meta.url),
  `// Made by scripts/embed-digits.mjs. UCI digits: E. Alpaydin and C. Kaynak, 1998, DOI 10.24432/C50P49, CC BY 4.0 (see NOTICE).

/** Ink levels of all images as bits in base64: 0 stands for level 0, 1 and four more bits for 1 + those bits. */
export const packedLevels =
  '${levels.base64()}';

/** Labels, four bits each, in base64. */
export const packedLabels =
  '${labels.base64()}';
`,
);
