import { sequentialBatches } from '@diptych/data';
import { check, checkOptions, checkRule, fail, rules } from '@diptych/formats/errors';
import { evalRules } from '../../features/eval-rules.ts';
import { checkRows, checkSameDims } from '../../features/feature-rows.ts';
import type { ExtraOutput, FeatureNetwork, NetworkOutputs } from '../../networks/feature-network.ts';
import { GaussianStream, RowStore } from '../../features/row-streams.ts';
import { knownSummary } from './image-set.ts';
import type { ImageSet, ImageSummary } from './image-set.ts';

/** What a metric can ask of a set of images; `moments` alone takes memory that does not grow with the images. */
export type ImageStatistic = 'moments' | 'rows' | 'logits' | 'spatial';

/** What to gather and whom to tell. */
export interface SummarizeImagesOptions {
  /** Default: `moments`. */
  needs?: readonly ImageStatistic[];
  /** What messages call the set. Default `images`. */
  name?: string;
  /** Told the number of images after every batch. */
  onProgress?: (images: number) => void;
  /** Ends the pass between two batches. */
  signal?: AbortSignal;
}

/**
 * One pass of a network over a set of images that gathers what several metrics need. The result stands for the set in
 * `measureImages` and `imageFrechetDistance`, so that a reference is looked at once.
 *
 * **Memory** dims^2 doubles for moments (four times that while they are joined), whatever the number of images; all rows for
 * `rows` and `logits`.
 *
 * @throws DiptychError if there are fewer than 2 images, the network does not give what is asked for, gives other numbers of
 * rows or dims than it should or a number that is not finite; the reason of the signal
 * @example
 * const reference = await summarizeImages(network, train, { needs: ['moments', 'rows'] });
 */
export async function summarizeImages(
  network: FeatureNetwork,
  set: ImageSet,
  options: SummarizeImagesOptions = {},
): Promise<ImageSummary> {
  const {
    needs = ['moments'],
    name = 'images',
    onProgress,
    signal,
  } = checkOptions('summarizeImages', options, {
    needs: rules.list(rules.oneOf('moments', 'rows', 'logits', 'spatial')),
    name: rules.text,
    onProgress: rules.callback,
    signal: rules.signal,
  });
  checkRule('summarizeImages', 'network', evalRules.featureNetwork, network);
  const where = `summarizeImages (${network.name})`;
  checkRule(where, name, evalRules.images, set);
  const known = knownSummary(set);
  if (known) return checkKnown(network, known, needs, where, name);

  const extras = needs.filter((need): need is ExtraOutput => need === 'logits' || need === 'spatial');
  for (const extra of extras) check(network.outputs, where, 'network', `one that gives ${extra}`, network.name);
  const gaussian = needs.includes('moments') ? new GaussianStream(network.dims) : undefined;
  const rows = needs.includes('rows') ? new RowStore(network.dims) : undefined;
  let [logits, spatial]: [RowStore?, GaussianStream?] = [];
  let count = 0;
  for await (const batch of 'batch' in set
    ? sequentialBatches(set, { batchSize: 64 })
    : (set as AsyncIterable<never>)) {
    signal?.throwIfAborted();
    checkRule(where, `a batch of ${name}`, evalRules.batch, batch);
    const { shape } = batch as { shape: readonly number[] };
    const found: NetworkOutputs =
      extras.length > 0 ? await network.outputs!(batch, extras) : { features: await network.features(batch) };
    for (const part of ['features', ...extras] as const) {
      const given = found[part];
      check(given, where, 'network', `one that gives ${part}`, network.name);
      const images = checkRows(given, where, `${part} of ${name}`);
      check(images === shape[0], where, `${part} of ${name}`, `${shape[0]} rows, one per image`, images);
    }
    checkSameDims(where, { network, features: found.features });
    gaussian?.add(found.features);
    rows?.add(found.features);
    if (found.logits) (logits ??= new RowStore(found.logits.dims)).add(found.logits);
    if (found.spatial) (spatial ??= new GaussianStream(found.spatial.dims)).add(found.spatial);
    count += shape[0];
    onProgress?.(count);
  }
  if (count < 2) fail(where, `statistics take at least 2 images, and ${name} are ${count}`);
  return {
    count,
    ...(gaussian && { gaussian: gaussian.result() }),
    ...(rows && { rows: rows.result() }),
    ...(logits && { logits: logits.result() }),
    ...(spatial && { spatial: spatial.result() }),
  };
}

const fields = { moments: 'gaussian', rows: 'rows', logits: 'logits', spatial: 'spatial' } as const;

function checkKnown(
  network: FeatureNetwork,
  known: ImageSummary,
  needs: readonly ImageStatistic[],
  where: string,
  name: string,
): ImageSummary {
  for (const part of [known.gaussian, known.rows]) {
    if (part) checkSameDims(where, { network, [name]: part });
  }
  for (const need of needs) {
    if (!known[fields[need]])
      fail(where, `what is known of ${name} has no ${need === 'rows' ? 'rows of features' : need}`);
  }
  return known;
}
