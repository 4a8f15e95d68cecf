/**
 * Whether an object anywhere in a JSON text names a key twice; `JSON.parse` would keep the last one without a word.
 * The text must be valid JSON.
 */
export function hasDuplicateKeys(json: string): boolean {
  const open: (Set<string> | null)[] = [];
  let expectKey = false;
  for (let at = 0; at < json.length; at++) {
    const token = json[at];
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(null);
    else if (token === '}' || token === ']') open.pop();
    else if (token === '"') {
      const end = endOfString(json, at);
      if (expectKey) {
        const keys = open.at(-1)!;
        const name = JSON.parse(json.slice(at, end + 1)) as string;
        if (keys.has(name)) return true;
        keys.add(name);
      }
      at = end;
    } else if (token !== ',') continue; // white space, a colon, or part of a number or word
    expectKey = token === '{' || (token === ',' && open.at(-1) instanceof Set);
  }
  return false;
}

/** Position of the quote that ends a string: one behind an even number of backslashes. No pattern, since these give up on long strings. */
function endOfString(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); ; end = json.indexOf('"', end + 1)) {
    let before = end;
    while (json[before - 1] === '\\') before--;
    if ((end - before) % 2 === 0) return end;
  }
}
