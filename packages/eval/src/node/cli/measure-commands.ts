import { key } from '@diptych/core';
import { Command } from 'commander';
import type { ImageMetric } from '../../metrics/measure/image-metric.ts';
import { measureImages } from '../../metrics/measure/measure-images.ts';
import {
  frechetInfinityMetric,
  frechetMetric,
  inceptionScoreMetric,
  kernelMetric,
  precisionRecallMetric,
  spatialFrechetMetric,
} from '../../metrics/measure/metrics.ts';
import { version } from '../../version.ts';
import { openImages } from '../images/open-images.ts';
import { withNetworkOptions } from './network-options.ts';
import type { NetworkOptions } from './open-network.ts';
import { wholeFrom } from './number-arguments.ts';
import { openNetwork } from './open-network.ts';
import { skippedFiles } from './skipped-files.ts';
import type { Terminal } from './terminal.ts';

interface MeasureOptions extends NetworkOptions {
  json?: boolean;
  seed: number;
  infinity?: boolean;
  subsets: number;
  subsetSize?: number;
  splits: number;
  neighbors: number;
}

interface Measure {
  name: string;
  description: string;
  metrics(options: MeasureOptions): ImageMetric[];
  options(command: Command): Command;
}

const kernel = ({ seed, subsets, subsetSize }: MeasureOptions) => kernelMetric({ key: key(seed), subsets, subsetSize });
const withSeed = (command: Command) => command.option('--seed <number>', 'decides random rows', wholeFrom(0), 0);
const withSubsets = (command: Command) =>
  withSeed(command)
    .option('--subsets <number>', 'subsets to average over', wholeFrom(1), 100)
    .option('--subset-size <rows>', 'images of each (default: 1000, or all of the smaller set)', wholeFrom(2));
const withSplits = (command: Command) =>
  command.option('--splits <number>', 'parts of the Inception Score', wholeFrom(1), 10);
const withNeighbors = (command: Command) =>
  command.option('-k, --neighbors <k>', 'balls reach to the k-th neighbor', wholeFrom(1), 3);

const measures: readonly Measure[] = [
  {
    name: 'fid',
    description: 'Fréchet distance: FID in its own network',
    metrics: ({ infinity, seed }) => [
      frechetMetric(),
      ...(infinity ? [frechetInfinityMetric({ key: key(seed) })] : []),
    ],
    options: (command) => withSeed(command).option('--infinity', 'also extrapolate to infinitely many images'),
  },
  {
    name: 'sfid',
    description: 'Fréchet distance of spatial features: sFID',
    metrics: () => [spatialFrechetMetric()],
    options: (command) => command,
  },
  { name: 'kid', description: 'kernel distance: KID', metrics: (options) => [kernel(options)], options: withSubsets },
  {
    name: 'is',
    description: 'Inception Score; needs no reference',
    metrics: ({ splits }) => [inceptionScoreMetric({ splits })],
    options: withSplits,
  },
  {
    name: 'prdc',
    description: 'precision, recall, density and coverage',
    metrics: ({ neighbors }) => [precisionRecallMetric({ k: neighbors })],
    options: withNeighbors,
  },
  {
    name: 'all',
    description: 'all of them in one pass (features inception)',
    metrics: (options) => [
      frechetMetric(),
      spatialFrechetMetric(),
      kernel(options),
      inceptionScoreMetric({ splits: options.splits }),
      precisionRecallMetric({ k: options.neighbors }),
    ],
    options: (command) => withNeighbors(withSplits(withSubsets(command))),
  },
];

/** `fid`, `sfid`, `kid`, `is`, `prdc`, `all`: generated images, against a reference where the metric has one. */
export function measureCommands(terminal: Terminal): Command[] {
  return measures.map((measure) => {
    const { name, description } = measure;
    const command = new Command(name)
      .description(`${description}.`)
      .argument('<images>', 'folder, .zip or .npz of generated images, or .npz of their statistics');
    if (name !== 'is') command.argument('<reference>', 'the same of real images');
    return measure
      .options(withNetworkOptions(command))
      .option('--json', 'print one JSON object with everything that it takes to repeat the figures')
      .action((...args: unknown[]) => {
        const paths = args.slice(0, name === 'is' ? 1 : 2) as string[];
        return run(measure, paths, command.opts<MeasureOptions>(), terminal);
      });
  });
}

async function run(measure: Measure, paths: string[], options: MeasureOptions, terminal: Terminal): Promise<void> {
  const skipped = skippedFiles(terminal);
  const [generated, real] = await Promise.all(
    paths.map((path) => openImages(path, { skipBad: options.skipBad, onSkip: skipped.onSkip })),
  );
  const { network, dispose } = await openNetwork(options, terminal);
  let bar: { side: string; update(images: number): void; stop(): void } | undefined;
  try {
    const found = await measureImages({
      network,
      generated: generated.set,
      ...(real && { real: real.set }),
      metrics: measure.metrics(options),
      onProgress(side, images) {
        if (bar?.side !== side) {
          bar?.stop();
          bar = { side, ...terminal.progress(side.padEnd(9), (side === 'real' ? real : generated)?.count) };
        }
        bar.update(images);
      },
    });
    bar?.stop();
    bar = undefined;
    skipped.tell();
    for (const warning of found.warnings) terminal.err(`warning: ${warning}`);
    const { lines, ...rest } = found;
    const [images, reference] = paths;
    if (options.json) {
      const record = {
        version,
        command: measure.name,
        images,
        against: reference,
        options,
        skipped: skipped.files,
        ...rest,
        lines,
      };
      terminal.out(JSON.stringify(record, null, 2));
    } else lines.forEach((line) => terminal.out(line));
  } finally {
    bar?.stop();
    dispose();
  }
}
