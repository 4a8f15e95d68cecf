import { describeValue, type RefuseFile } from '../errors/index.ts';

/**
 * The records of an extended header: `<length> <key>=<value>\n`, where the length counts the bytes of the whole record.
 *
 * @see POSIX.1-2017, pax, "pax Header Block"
 */
export function* paxRecords(body: Uint8Array, at: number, refuse: RefuseFile): Generator<[key: string, value: string]> {
  for (let from = 0; from < body.length;) {
    const blank = body.indexOf(0x20, from);
    const digits = blank < 0 ? '' : new TextDecoder().decode(body.subarray(from, Math.min(blank, from + 20)));
    const end = from + (/^\d+$/.test(digits) ? Number(digits) : NaN);
    const sound = end > blank && end <= body.length && body[end - 1] === 0x0a;
    if (!sound) refuse(`is damaged: a record of the extended header at byte ${at} is cut`);
    const record = new TextDecoder('utf-8', { ignoreBOM: true }).decode(body.subarray(blank + 1, end - 1));
    const equals = record.indexOf('=');
    if (equals < 1) refuse(`is damaged: the extended header at byte ${at} holds ${describeValue(record)}`);
    yield [record.slice(0, equals), record.slice(equals + 1)];
    from = end;
  }
}
