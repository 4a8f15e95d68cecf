import { saveBytes } from '@diptych/data/node';
import { check } from '@diptych/formats/errors';
import { Command } from 'commander';
import { summarizeImages } from '../../metrics/measure/summarize-images.ts';
import { momentsToNpz } from '../../features/moments-npz.ts';
import { isMoments, moments } from '../../features/moments.ts';
import { openImages } from '../images/open-images.ts';
import { withNetworkOptions } from './network-options.ts';
import type { NetworkOptions } from './open-network.ts';
import { openNetwork } from './open-network.ts';
import { skippedFiles } from './skipped-files.ts';
import type { Terminal } from './terminal.ts';

/** `stats <images> <out.npz>`: mean and covariance of the features, as pytorch-fid keeps them. */
export function statsCommand(terminal: Terminal): Command {
  const command = new Command('stats')
    .description('Writes reference statistics (mu, sigma, count) that fid takes instead of images.')
    .argument('<images>', 'folder, .zip or .npz of images')
    .argument('<out>', 'the .npz file to write');
  return withNetworkOptions(command).action(async (path: string, out: string) => {
    check(out.endsWith('.npz'), 'diptych-eval stats', 'out', 'a path ending in .npz', out);
    const options = command.opts<NetworkOptions>();
    const skipped = skippedFiles(terminal);
    const { set, count } = await openImages(path, { skipBad: options.skipBad, onSkip: skipped.onSkip });
    const { network, dispose } = await openNetwork(options, terminal);
    const bar = terminal.progress('images', count);
    try {
      const { gaussian } = await summarizeImages(network, set, { name: path, onProgress: (n) => bar.update(n) });
      const found = isMoments(gaussian!) ? gaussian : moments(gaussian!);
      await saveBytes(out, momentsToNpz(found));
      bar.stop();
      skipped.tell();
      const { name, protocol } = network;
      terminal.out(`${out}: ${found.count} images, ${found.dims} dims, ${[name, protocol].filter(Boolean).join(', ')}`);
    } finally {
      bar.stop();
      dispose();
    }
  });
}
