import { Command, InvalidArgumentError } from 'commander';

/** What the command line can say. */
export interface FourArmsOptions {
  steps: number;
  seeds: number;
  samples: number;
  images: number;
  out: string;
  backend?: string;
}

const whole = (least: number) => (text: string) => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least)
    throw new InvalidArgumentError(`must be a whole number from ${least}.`);
  return value;
};

/** Reads the command line; prints help or the mistake and ends the process where there is one. */
export function readOptions(defaultSteps: number): FourArmsOptions {
  return new Command('pnpm example 06-four-arms')
    .description(
      'Trains the network of the quickstart four ways (baseline, self-conditioning, self-distillation, both) with several\n' +
        'seeds, and tabulates mean and standard deviation of Fréchet distance and probe accuracy. Runs that the output\n' +
        'folder already holds are kept, and one that was cut goes on from its checkpoint (every 500 steps).',
    )
    .option('--steps <n>', 'training steps of every run', whole(1), defaultSteps)
    .option('--seeds <n>', 'runs of every arm, with the seeds 0, 1, …', whole(1), 3)
    .option('--samples <n>', 'images to draw and judge', whole(2), 600)
    .option('--images <n>', 'digits to train and to fit the probe on, of 1,200', whole(40), 1200)
    .option('--out <folder>', 'where results go', 'runs/four-arms')
    .option(
      '--backend <name>',
      'tfjs-node-gpu, tfjs-node, webgpu, wasm or cpu; default: the first of these that is installed',
    )
    .showHelpAfterError('(--help shows the options)')
    .allowExcessArguments(false)
    .parse()
    .opts<FourArmsOptions>();
}
