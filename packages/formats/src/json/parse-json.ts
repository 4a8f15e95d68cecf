import { checkOptions, describeValue, rules, refuseFile, type RefuseFile } from '../errors/index.ts';
import { plainBytes, type FileBytes } from '../ranges/plain-bytes.ts';
import { keyFault } from './key-faults.ts';

/** How JSON is read. */
export interface ParseJsonOptions {
  /** The function that refuses, for the message. Default `parseJson`. */
  where?: string;
  /** What messages call the file. Default `the text`. */
  name?: string;
}

/**
 * What a JSON file says, from its text or its bytes. Beside what `JSON.parse` refuses, a name that an object gives twice is an error, and
 * one longer than 4096 characters: thousands of these can take minutes.
 *
 * @throws FormatError if the bytes are no text in UTF-8, or the text is no JSON or has such names
 * @see RFC 8259
 * @example
 * const { labels } = parseJson(await readFile('dataset.json'), { name: 'dataset.json' }) as { labels?: unknown };
 */
export function parseJson(json: string | FileBytes, options: ParseJsonOptions = {}): unknown {
  const known = { where: rules.text, name: rules.text };
  const { where = 'parseJson', name = 'the text' } = checkOptions('parseJson', options, known);
  return jsonOf(json, where, name);
}

/** The same for readers of ours, without a look at options. */
export function jsonOf(json: string | FileBytes, where: string, name: string): unknown {
  const refuse: RefuseFile = refuseFile(where, name);
  let text = '';
  try {
    // A copy: browsers do not decode memory that is shared.
    text = typeof json === 'string' ? json : decodeText(new Uint8Array(plainBytes(json, where, name)));
  } catch (cause) {
    refuse('is not text in UTF-8', { cause });
  }
  const fault = keyFault(text);
  if (fault) refuse(fault);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const more = text.length > 40 ? '…' : '';
    return refuse(`is not JSON: ${describeValue(text.slice(0, 40))}${more}`, { cause });
  }
}

const decodeText = (bytes: Uint8Array) => new TextDecoder('utf-8', { fatal: true }).decode(bytes);
