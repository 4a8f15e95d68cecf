import { check, DiptychError } from '@diptych/formats/errors';
import type { PlainOptions, ProcessRecipe } from './processes.ts';
import type { LatentNormalizer } from '../../networks/autoencoder/latent-normalizer.ts';

/** What the metadata of a network file say it is; the number rises when an older reader would misread it. */
const format = 'diptych.network/';
const version = 1;

/** Letters of the options: of plain numbers and words, of which some name the size of a list. */
const mostLetters = 65536;

/** What a network file says beside its weights. */
export interface NetworkHeader {
  className: string;
  options: PlainOptions;
  diffusion?: ProcessRecipe;
  normalizer?: LatentNormalizer;
  tap?: string;
  metadata: Readonly<Record<string, string>>;
}

/** The header as the strings of a safetensors file. */
export function encodeHeader({ className, options, diffusion, normalizer, tap, metadata }: NetworkHeader) {
  return {
    format: `${format}${version}`,
    class: className,
    options: JSON.stringify(options),
    ...(diffusion && { diffusion: JSON.stringify(diffusion) }),
    ...(normalizer && { normalizer: JSON.stringify(normalizer) }),
    ...(tap !== undefined && { tap }),
    metadata: JSON.stringify(metadata),
  };
}

/** Reads what `encodeHeader` wrote. */
export function decodeHeader(where: string, strings: Readonly<Record<string, string>>): NetworkHeader {
  const { format: said = '', class: className = '', tap } = strings;
  const trained =
    'a network file; this is a checkpoint of the trainer: saveNetwork(network, { weights: checkpointWeights(checkpoint) })';
  check(!said.startsWith('diptych.checkpoint/'), where, 'file', trained, said);
  const official =
    'a network file, written by saveNetwork; official weights are read by readSafetensors and fromOfficial';
  check(said.startsWith(format), where, 'file', official, said || 'no format in its metadata');
  const written = Number(said.slice(format.length));
  const newer = `of version ${version} at most, which is what this version of @diptych/models reads; a newer one wrote it`;
  check(Number.isInteger(written) && written > 0, where, 'format', `${format} and a number`, said);
  check(written <= version, where, 'format', newer, said);
  check(className, where, 'class in the metadata', 'the name of a class', className);
  const json = <T>(name: string, fits: (value: unknown) => boolean, rule: string): T | undefined => {
    if (!Object.hasOwn(strings, name)) return undefined;
    let value: unknown;
    try {
      value = JSON.parse(strings[name]);
    } catch (cause) {
      const details = { where, parameter: `${name} in the metadata`, rule: 'JSON', value: strings[name].slice(0, 40) };
      throw new DiptychError(details, { cause });
    }
    check(fits(value), where, `${name} in the metadata`, rule, strings[name].slice(0, 80));
    return value as T;
  };
  const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  const isRecipe = (value: unknown) => Array.isArray(value) && typeof value[0] === 'string' && value.length <= 2;
  const short = (strings.options ?? '').length <= mostLetters;
  check(short, where, 'options in the metadata', `of ${mostLetters} letters at most`, strings.options?.length);
  const options = json<PlainOptions>('options', isObject, 'an object');
  check(options, where, 'options in the metadata', 'there', 'none');
  return {
    className,
    options,
    diffusion: json('diffusion', isRecipe, 'a name and options'),
    normalizer: json('normalizer', isObject, 'an object'),
    tap,
    metadata: json<Record<string, string>>('metadata', isObject, 'an object') ?? {},
  };
}
