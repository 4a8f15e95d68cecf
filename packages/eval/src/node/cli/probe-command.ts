import { foldIn, key, permutation } from '@diptych/core';
import { saveBytes } from '@diptych/data/node';
import { check, fail } from '@diptych/formats/errors';
import { Command, InvalidArgumentError, Option } from 'commander';
import { selectRows } from '../../features/feature-rows.ts';
import { ddaeProbe } from '../../probes/adam/ddae-probe.ts';
import { linearProbe } from '../../probes/linear/linear-probe.ts';
import { nearestNeighborProbe } from '../../probes/neighbors/nearest-neighbor-probe.ts';
import type { ProbeOutcome } from '../../probes/parts/probe-outcome.ts';
import type { LabeledRows } from '../../probes/parts/probe-labels.ts';
import { probeRecord } from '../../probes/parts/probe-record.ts';
import { ridgeProbe } from '../../probes/ridge/ridge-probe.ts';
import { wholeFrom } from './number-arguments.ts';
import { outcomePage } from './outcome-page.ts';
import { readLabeled } from './read-labeled.ts';
import type { Terminal } from './terminal.ts';

interface ProbeCommandOptions {
  protocol: keyof typeof protocols;
  validation?: string;
  held: number;
  seed: number;
  l2?: number[];
  alpha?: number[];
  k?: number[];
  epochs?: number;
  batchNorm?: boolean;
  standardize: boolean;
  features: string;
  labels: string;
  json?: string | true;
  html?: string;
  classes?: number;
}

type Parts = { train: LabeledRows; validation: LabeledRows; test: LabeledRows };
type Outcome = Omit<ProbeOutcome, 'trainAccuracy'> & { protocol: { name: string } };

const protocols = {
  converged: (parts: Parts, { l2, standardize, classes }: ProbeCommandOptions): Outcome =>
    linearProbe(parts, { ...(l2 && { l2 }), standardize, classes }),
  ridge: (parts: Parts, { alpha, standardize, classes }: ProbeCommandOptions): Outcome =>
    ridgeProbe(parts, { ...(alpha && { alphas: alpha }), standardize, classes }),
  knn: (parts: Parts, { k, classes }: ProbeCommandOptions): Outcome =>
    nearestNeighborProbe(parts, { ...(k && { k }), classes }),
  ddae: (parts: Parts, { epochs, batchNorm, seed, classes }: ProbeCommandOptions): Outcome =>
    ddaeProbe(parts, { key: key(seed), ...(epochs && { epochs }), batchNorm, classes }),
};

/** `probe <train> <test>`: how well classes are read off features, chosen on validation, reported on test. */
export function probeCommand(terminal: Terminal): Command {
  const command = new Command('probe')
    .description('Probes features for their classes: fitted on train, chosen on validation, reported on test.')
    .argument('<train>', '.npz or .safetensors with features and labels, or a folder of images by class (raw pixels)')
    .argument('<test>', 'the same for the rows that are reported on')
    .addOption(new Option('--protocol <name>', 'how it is fitted').choices(Object.keys(protocols)).default('converged'))
    .option('--validation <path>', 'rows to choose on; without it a share of train is held out')
    .option('--held <share>', 'the share of train that is held out', share, 0.1)
    .option('--seed <number>', 'decides the held-out rows, and what else is random', wholeFrom(0), 0)
    .option('--classes <number>', 'number of classes; default: largest label of train + 1', wholeFrom(2))
    .option('--l2 <list>', 'penalties of protocol converged, with commas', numbers)
    .option('--alpha <list>', 'penalties of protocol ridge, with commas', numbers)
    .option('--k <list>', 'neighbors of protocol knn, with commas', numbers)
    .option('--epochs <number>', 'epochs of protocol ddae', wholeFrom(1))
    .option('--batch-norm', 'batch normalization before the layer of protocol ddae')
    .option('--no-standardize', 'leave the columns as they are (protocols converged and ridge)')
    .option('--features <name>', 'name of the features in a file', 'features')
    .option('--labels <name>', 'name of the labels in a file', 'labels')
    .option('--json [file]', 'the whole record as JSON, to a file or instead of the line')
    .option('--html <file>', 'the figures, the confusion matrix and the record as one self-contained page');
  return command.action(async (trainPath: string, testPath: string) => {
    const options = command.opts<ProbeCommandOptions>();
    const [train, test] = [await readLabeled(trainPath, options), await readLabeled(testPath, options)];
    const sameClasses = !train.classes || !test.classes || String(train.classes) === String(test.classes);
    if (!sameClasses) fail('diptych-eval probe', `${testPath} has other classes than ${trainPath}`);
    const validation = options.validation ? await readLabeled(options.validation, options) : undefined;
    const parts: Parts = validation
      ? { train: train.data, validation: validation.data, test: test.data }
      : { ...heldOut(train.data, options), test: test.data };

    const found = protocols[options.protocol](parts, { ...options, classes: options.classes ?? train.classes?.length });
    const split = validation ? validation.source : { heldOut: options.held, seed: options.seed };
    const record = probeRecord(found, {
      command: 'probe',
      inputs: { train: train.source, validation: split, test: test.source },
      seed: options.seed,
      ...(train.classes && { classNames: train.classes }),
    });
    for (const warning of found.warnings) terminal.err(`warning: ${warning}`);
    if (options.html) {
      const page = await outcomePage(found, { record, classNames: train.classes });
      await saveBytes(options.html, new TextEncoder().encode(page));
    }
    if (options.json === true) return terminal.out(record);
    if (options.json) await saveBytes(options.json, new TextEncoder().encode(`${record}\n`));
    terminal.out(
      `accuracy ${found.testAccuracy.toFixed(4)} on ${found.counts.test} test rows (validation ${found.validationAccuracy.toFixed(4)} ` +
        `on ${found.counts.validation}, ${found.counts.train} training rows, ${found.dims} dims, ${found.classes} classes, ` +
        `protocol ${found.protocol.name})`,
    );
  });
}

/** The last rows of a permutation as validation. */
function heldOut(data: LabeledRows, { held, seed }: ProbeCommandOptions): Pick<Parts, 'train' | 'validation'> {
  const count = data.labels.length;
  const order = permutation(foldIn(key(seed), 0), count);
  const rows = Math.round(held * count);
  check(rows >= 1 && rows <= count - 2, 'diptych-eval probe', 'held', 'a share that leaves rows on both sides', held);
  const part = (positions: Uint32Array): LabeledRows => ({
    ...selectRows(data, positions),
    labels: Array.from(positions, (i) => data.labels[i]),
  });
  return { train: part(order.subarray(0, count - rows)), validation: part(order.subarray(count - rows)) };
}

function numbers(text: string): number[] {
  const list = text.split(',').map(Number);
  if (text === '' || list.some((value) => !Number.isFinite(value))) {
    throw new InvalidArgumentError('It must be numbers with commas between them.');
  }
  return list;
}

function share(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError('It must be a number between 0 and 1.');
  return value;
}
