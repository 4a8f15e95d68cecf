import { Command, InvalidArgumentError } from 'commander';

/** What the command line of the quickstart can say. */
export interface QuickstartOptions {
  steps: number;
  seed: number;
  samples: number;
  out: string;
  backend?: string;
  resume: boolean;
  distill: boolean;
  selfConditioning: boolean;
}

const whole = (least: number) => (text: string) => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least)
    throw new InvalidArgumentError(`must be a whole number from ${least}.`);
  return value;
};

/** Reads the command line; prints help or the mistake and ends the process where there is one. */
export function readOptions(defaultSteps: number): QuickstartOptions {
  return new Command('pnpm quickstart')
    .description(
      'Trains a small self-conditioned UViT on 1,797 handwritten digits, samples from it, and judges it as a\n' +
        'generator (Fréchet distance, copying check) and as a recogniser (linear probe over layers x noise levels).',
    )
    .option('--steps <n>', 'training steps', whole(1), defaultSteps)
    .option('--seed <n>', 'seed of weights, data order, noise and samples', whole(0), 0)
    .option('--samples <n>', 'images to draw and judge', whole(2), 600)
    .option('--out <folder>', 'where results go; an earlier run there is kept under another name', 'runs/quickstart')
    .option(
      '--backend <name>',
      'tfjs-node-gpu, tfjs-node, webgpu, wasm or cpu; default: the first of these that is installed',
    )
    .option('--resume', 'continue from the checkpoint in the output folder', false)
    .option('--distill', 'add contrastive self-distillation to the denoising loss', false)
    .option('--no-self-conditioning', 'train the plain UViT, for comparison')
    .showHelpAfterError('(--help shows the options)')
    .allowExcessArguments(false)
    .parse()
    .opts<QuickstartOptions>();
}
