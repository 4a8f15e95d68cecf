import { checkRule, rules } from '@diptych/formats/errors';
import { version } from '../../version.ts';

/** What a record may hold beside the outcome: where features came from, names of classes, a command. */
export type RecordDetails = Readonly<Record<string, unknown>>;

/**
 * The outcome of any probe as JSON: protocol with all its options, key, splits, every trial or cell, confusion matrix, the
 * version of this package, and what the caller adds (the hash of a checkpoint, the command). Typed arrays become lists, and
 * numbers keep all their digits; what is not finite becomes null, as JSON has it.
 *
 * @example
 * await writeFile('probe.json', probeRecord(grid, { network: checkpointHash }));
 */
export function probeRecord(outcome: object, details: RecordDetails = {}): string {
  checkRule('probeRecord', 'outcome', rules.record, outcome);
  checkRule('probeRecord', 'details', rules.record, details);
  const record = { package: '@diptych/eval', version, ...details, ...outcome };
  const text = JSON.stringify(record, (_, value: unknown) => (isNumbers(value) ? Array.from(value) : value), 2);
  // Lists of numbers and words on one line each: only the breaks between them go, and no text holds a bare one.
  return text.replace(/\[\s[^[\]{}]*\]/g, (list) =>
    list.replace(/\s*\n\s*/g, ' ').replace(/^\[ | \]$/g, (end) => end.trim()),
  );
}

function isNumbers(value: unknown): value is ArrayLike<number> {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}
