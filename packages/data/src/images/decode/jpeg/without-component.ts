import { BitReader, BitWriter, huffmanTables } from './huffman-bits.ts';
import type { HuffmanTable } from './huffman-bits.ts';
import { isFrame, joined, nextMarker, samplingFactors } from './read-jpeg.ts';

interface Component {
  id: number;
  /** Blocks of an MCU. */
  across: number;
  down: number;
}

/**
 * A JPEG file of four components without one of them: the codes of the others are copied as they are, so that what is left of
 * the picture stays what it was. Decoders of three components then read files of four in two goes. Adobe's marker says which
 * colours the three are (0 none, 1 YCbCr). Throws an error that says what was wrong.
 *
 * @see ITU-T T.81, annexes A.2, F and G
 */
export function withoutComponent(bytes: Uint8Array, dropped: number, transform: 0 | 1): Uint8Array {
  const adobe = [0xff, 0xee, 0, 14, ...new TextEncoder().encode('Adobe'), 0, 100, 0, 0, 0, 0, transform];
  const parts: Uint8Array[] = [Uint8Array.of(0xff, 0xd8, ...adobe)];
  const tables = new Map<number, HuffmanTable>();
  let interval = 0;
  let frame: { components: Component[]; count: number; progressive: boolean } | undefined;

  for (let at = nextMarker(bytes, 2); at + 4 <= bytes.length && bytes[at + 1] !== 0xd9;) {
    const marker = bytes[at + 1];
    let end = at + 2 + bytes[at + 2] * 256 + bytes[at + 3];
    const segment = bytes.subarray(at, end);
    const body = segment.subarray(4);
    if (marker === 0xc4) huffmanTables(body).forEach((table, number) => tables.set(number, table));
    if (marker === 0xdd) interval = body[0] * 256 + body[1];
    if (isFrame(marker)) {
      if (frame || !samplingFactors(body)) throw new Error('two frames, or one whose components have no size');
      frame = readFrame(marker, body, dropped);
      const left = body.slice();
      left[5] = 3;
      left.copyWithin(6 + 3 * dropped, 9 + 3 * dropped);
      parts.push(Uint8Array.of(0xff, marker, 0, 17), left.subarray(0, 15));
    } else if (marker === 0xda) {
      if (!frame) throw new Error('a picture without a size');
      const scan = readScan(body, frame.components);
      const kept = scan.parts.filter(({ component }) => component !== frame!.components[dropped]);
      const coded = end;
      end = endOfScan(bytes, end);
      if (kept.length === scan.parts.length) parts.push(bytes.subarray(at, end));
      else if (kept.length > 1) {
        const header = kept.flatMap(({ component, selector }) => [component.id, selector]);
        parts.push(Uint8Array.of(0xff, 0xda, 0, 6 + header.length, kept.length, ...header, ...body.slice(-3)));
        parts.push(copyCodes(new BitReader(bytes, coded), { ...scan, ...frame, kept, tables, interval }));
      } else if (scan.parts.length > 1) throw new Error('a scan of two components');
    } else if (marker < 0xe0) parts.push(segment);
    at = nextMarker(bytes, end);
  }
  return joined([...parts, Uint8Array.of(0xff, 0xd9)]);
}

function readFrame(marker: number, body: Uint8Array, dropped: number) {
  const [height, width] = [body[1] * 256 + body[2], body[3] * 256 + body[4]];
  const components = Array.from({ length: body[5] }, (_, k): Component => {
    const [id, factors] = body.subarray(6 + 3 * k);
    return { id, across: factors >> 4, down: factors & 15 };
  });
  const most = (of: readonly Component[]) => [
    Math.max(...of.map(({ across }) => across)),
    Math.max(...of.map(({ down }) => down)),
  ];
  const [across, down] = most(components);
  const left = most(components.filter((_, k) => k !== dropped));
  // Sizes of all components are told by the largest.
  if (left[0] !== across || left[1] !== down) throw new Error('the finest component last or second');
  const count = Math.ceil(width / (8 * across)) * Math.ceil(height / (8 * down));
  return { components, count, progressive: marker === 0xc2 };
}

interface Scan {
  parts: { component: Component; selector: number }[];
  /** Whether it is one that makes an earlier one finer. */
  refines: boolean;
}

function readScan(body: Uint8Array, components: readonly Component[]): Scan {
  const parts = Array.from({ length: body[0] }, (_, k) => {
    const [id, selector] = body.subarray(1 + 2 * k);
    const component = components.find((of) => of.id === id);
    if (!component) throw new Error(`a scan of component ${id}, which there is not`);
    return { component, selector };
  });
  return { parts, refines: body[body.length - 1] >> 4 > 0 };
}

/** Restart markers and stuffed FF belong to a scan; other markers end it. */
function endOfScan(bytes: Uint8Array, from: number): number {
  let at = nextMarker(bytes, from);
  while (at + 1 < bytes.length && bytes[at + 1] >= 0xd0 && bytes[at + 1] <= 0xd7) at = nextMarker(bytes, at + 2);
  return at;
}

interface Copy extends Scan {
  kept: readonly { component: Component }[];
  count: number;
  progressive: boolean;
  tables: ReadonlyMap<number, HuffmanTable>;
  interval: number;
}

function copyCodes(
  reader: BitReader,
  { parts, kept, refines, count, progressive, tables, interval }: Copy,
): Uint8Array {
  const writer = new BitWriter();
  const tableOf = (number: number) => {
    const table = tables.get(number);
    if (!table) throw new Error(`no table ${number}`);
    return table;
  };
  for (let unit = 0; unit < count; unit++) {
    if (interval > 0 && unit > 0 && unit % interval === 0) {
      reader.restart();
      writer.restart(unit / interval - 1);
    }
    for (const { component, selector } of parts) {
      const to = kept.some((of) => of.component === component) ? writer : undefined;
      for (let block = 0; block < component.across * component.down; block++) {
        if (refines) copyBits(reader, to, 1);
        else {
          copyBits(reader, to, copySymbol(reader, to, tableOf(selector >> 4)));
          if (!progressive) copyRest(reader, to, tableOf(16 + (selector & 15)));
        }
      }
    }
  }
  return writer.finish();
}

/** The 63 further coefficients of a block. */
function copyRest(reader: BitReader, to: BitWriter | undefined, table: HuffmanTable): void {
  for (let k = 1; k < 64;) {
    const symbol = copySymbol(reader, to, table);
    const [zeros, size] = [symbol >> 4, symbol & 15];
    if (size === 0 && zeros < 15) return;
    copyBits(reader, to, size);
    k += zeros + 1;
  }
}

function copySymbol(reader: BitReader, to: BitWriter | undefined, table: HuffmanTable): number {
  const { symbol, code, length } = table.read(reader);
  to?.bits(code, length);
  return symbol;
}

function copyBits(reader: BitReader, to: BitWriter | undefined, count: number): void {
  const value = reader.bits(count);
  to?.bits(value, count);
}
