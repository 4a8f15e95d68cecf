const longestText = 1000;
const longestString = 200;
const longestList = 400;
const longestMessage = 4000;

/** A value in few words: strings quoted and cut, long and deep lists cut, tensors by shape and dtype. */
export function describeValue(value: unknown): string {
  const text = describe(value, 0);
  return typeof value !== 'string' && text.length > longestList ? `${text.slice(0, longestList)}…` : text;
}

/** Whether it is an array or a typed array. */
export function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

function describe(value: unknown, depth: number): string {
  if (typeof value === 'string') return quoted(value, depth ? longestString : longestText);
  if (typeof value === 'function') return `function ${value.name || '(anonymous)'}`;
  if (typeof value === 'bigint' && value > 2n ** 128n) return 'an integer beyond 2^128';
  if (isList(value)) {
    if (depth > 3) return '[…]';
    const items = value;
    const head = Array.from({ length: Math.min(items.length, 8) }, (_, i) => describe(items[i], depth + 1)).join(', ');
    return `[${head}${items.length > 8 ? `, … ${items.length} in all` : ''}]`;
  }
  if (value instanceof Map || value instanceof Set) return `a ${value.constructor.name} of ${value.size}`;
  if (typeof value === 'object' && value !== null) {
    if ('dtype' in value && 'shape' in value) {
      return `${String(value.dtype)} tensor of shape [${String(value.shape).replaceAll(',', ', ').slice(0, longestString)}]`;
    }
    if (value instanceof Error) return `${value.name} ${quoted(value.message, longestString)}`;
    const keys = Object.keys(value).slice(0, 8);
    return `${className(value)}{${keys.map((name) => name.slice(0, longestString)).join(', ')}}`;
  }
  return String(value);
}

/** Of objects that are more than their keys: `Promise `, `Date `. */
function className(value: object): string {
  const { constructor } = value as { constructor?: unknown };
  const plain = typeof constructor !== 'function' || constructor === Object || !constructor.name;
  return plain ? '' : `${constructor.name.slice(0, longestString)} `;
}

function quoted(text: string, longest: number): string {
  if (text.length <= longest) return JSON.stringify(text);
  return `${JSON.stringify(text.slice(0, longest))}… (${text.length} characters)`;
}

/**
 * A message that shows as it is, wherever it is shown: what steers a terminal or turns the direction of the text, as names from
 * files may hold, is escaped.
 */
export function printable(message: string): string {
  const cut = message.length > longestMessage ? `${message.slice(0, longestMessage)}…` : message;
  return cut.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (letter) =>
    letter === '\n' ? '\\n' : `\\u${letter.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );
}
