import { Option } from 'commander';
import type { Command } from 'commander';
import { batchSize } from './number-arguments.ts';
import { networkNames, protocols } from './open-network.ts';

/** Adds them. */
export function withNetworkOptions(command: Command): Command {
  const listed = Object.entries(networkNames).map(([name, what]) => `${name} (${what})`);
  return command
    .addOption(
      new Option('-f, --features <network>', `features: ${listed.join(', ')}`)
        .choices(Object.keys(networkNames))
        .default('inception'),
    )
    .addOption(
      new Option('-p, --protocol <name>', "how images are resized for inception's 299x299")
        .choices(Object.keys(protocols))
        .default('clean'),
    )
    .option('-w, --weights <file>', "the network's weights, .pth or .safetensors (default: from the cache)")
    .option('--sha256 <digits>', 'SHA-256 that the weights must have (default: the published one, if any)')
    .option('--download', 'fetch published weights into the cache if they are not there')
    .option('--skip-bad', 'go on without files that hold no sound image, and count them')
    .option('--batch-size <images>', 'images at once', batchSize, 8);
}
