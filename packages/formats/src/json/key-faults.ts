import { longestName } from '../tensors/limits.ts';

/**
 * What is wrong with the keys of a JSON text, before it is parsed: one too long, or two in one object that are written alike, of which
 * `JSON.parse` would keep the last one without a word. Of a text that is no JSON, anything.
 */
export function keyFault(json: string): string | undefined {
  const open: (Set<string> | null)[] = [];
  let expectKey = false;
  for (let at = 0; at < json.length; at++) {
    const token = json[at];
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(null);
    else if (token === '}' || token === ']') open.pop();
    else if (token === '"') {
      const end = endOfString(json, at);
      if (end < 0) return undefined;
      if (expectKey) {
        const keys = open.at(-1)!;
        // A letter is written with six at most.
        const name = end - at > 6 * longestName + 2 ? undefined : textOf(json.slice(at, end + 1));
        if (name === undefined || name.length > longestName) return `has a name longer than ${longestName} characters`;
        if (keys.has(name)) return 'gives a name twice';
        keys.add(name);
      }
      at = end;
    } else if (token !== ',') continue; // white space, a colon, or part of a number or word
    expectKey = token === '{' || (token === ',' && open.at(-1) instanceof Set);
  }
  return undefined;
}

/** What a string says; as it is written, if it is none. */
function textOf(written: string): string {
  try {
    return JSON.parse(written) as string;
  } catch {
    return written;
  }
}

/** Position of the quote that ends a string: one behind an even number of backslashes. No pattern, since these give up on long strings. */
function endOfString(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); end >= 0; end = json.indexOf('"', end + 1)) {
    let before = end;
    while (json[before - 1] === '\\') before--;
    if ((end - before) % 2 === 0) return end;
  }
  return -1;
}
