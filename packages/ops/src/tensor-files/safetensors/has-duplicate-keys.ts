/**
 * Whether an object anywhere in a JSON text names a key twice; `JSON.parse` would keep the last one without a word.
 * The text must be valid JSON.
 */
export function hasDuplicateKeys(json: string): boolean {
  const open: (Set<string> | null)[] = [];
  let expectKey = false;
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],]/g)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(null);
    else if (token === '}' || token === ']') open.pop();
    else if (token !== ',' && expectKey) {
      const keys = open.at(-1)!;
      const name = JSON.parse(token) as string;
      if (keys.has(name)) return true;
      keys.add(name);
    }
    expectKey = token === '{' || (token === ',' && open.at(-1) instanceof Set);
  }
  return false;
}
