import { access, readFile } from 'node:fs/promises';
import { DiptychError } from '@diptych/formats/errors';
import { pickBackend } from '@diptych/ops';
import { digitFeatures } from '../../networks/digits/digit-features.ts';
import { dinoCheckpoint } from '../../networks/dino/dino-weights.ts';
import { dinoFeatures } from '../../networks/dino/dino-features.ts';
import { dinoNetwork } from '../../networks/dino/dino.ts';
import type { FeatureNetwork } from '../../networks/feature-network.ts';
import { pixelFeatures } from '../../networks/pixels/pixel-features.ts';
import { inceptionCheckpoint } from '../../networks/inception/inception-weights.ts';
import { inceptionFeatures } from '../../networks/inception/inception-features.ts';
import { inception } from '../../networks/inception/inception.ts';
import { clean, legacyPyTorch, legacyTensorFlow } from '../../networks/protocols/protocols.ts';
import type { PublishedWeights, NetworkWeights } from '../../networks/weights/read-weights.ts';
import { readWeights } from '../../networks/weights/read-weights.ts';
import { fetchWeights, weightsPath } from '../weights/fetch-weights.ts';
import type { Terminal } from './terminal.ts';

/** Options of every subcommand that looks at images. */
export interface NetworkOptions {
  features: keyof typeof networkNames;
  protocol: keyof typeof protocols;
  weights?: string;
  sha256?: string;
  download?: boolean;
  skipBad?: boolean;
  batchSize: number;
}

/** The feature networks that the command line knows, in words. */
export const networkNames = {
  inception: "FID's own",
  dino: 'DINO ViT-S/16',
  pixels: 'the image itself at 16x16',
  digits: 'for 8x8 digits',
} as const;

/** The protocols of Inception by name. */
export const protocols = {
  [clean.name]: clean,
  [legacyPyTorch.name]: legacyPyTorch,
  [legacyTensorFlow.name]: legacyTensorFlow,
};

/** A feature network that is ready, and what it takes to free it. */
export interface OpenNetwork {
  network: FeatureNetwork;
  dispose(): void;
}

/** Makes the feature network that the options ask for. */
export async function openNetwork(options: NetworkOptions, terminal: Terminal): Promise<OpenNetwork> {
  const nothing = () => undefined;
  const { features, batchSize } = options;
  if (features === 'digits') return { network: digitFeatures(), dispose: nothing };
  if (features === 'pixels') return { network: pixelFeatures({ size: [16, 16] }), dispose: nothing };
  const checkpoint = features === 'inception' ? inceptionCheckpoint : dinoCheckpoint;
  const weights = await weightsFor(checkpoint, options, terminal);
  await pickBackend();
  if (features === 'dino') {
    const network = dinoNetwork(weights);
    return { network: dinoFeatures(network, { batchSize }), dispose: () => network.dispose() };
  }
  const network = inception(weights);
  const protocol = protocols[options.protocol];
  return { network: inceptionFeatures(network, { protocol, batchSize }), dispose: () => network.dispose() };
}

async function weightsFor(
  checkpoint: PublishedWeights,
  { weights: path, sha256 = checkpoint.sha256, download }: NetworkOptions,
  terminal: Terminal,
): Promise<NetworkWeights> {
  const kept = weightsPath(checkpoint);
  const file = path ?? kept;
  if (await exists(file)) return readWeights(await readFile(file), { name: file, ...(sha256 && { sha256 }) });
  if (!download || path) {
    const value = `no file; get it with --download, or from ${checkpoint.urls[0]} and say --weights <file>`;
    const rule = `the weights ${checkpoint.file} (${checkpoint.megabytes} MB)`;
    throw new DiptychError({ where: 'diptych-eval', parameter: file, rule, value });
  }
  const megabytes = Math.ceil(checkpoint.megabytes);
  const bar = terminal.progress(`${checkpoint.file}, MB`, megabytes);
  try {
    const onProgress = ({ received }: { received: number }) => bar.update(Math.floor(received / 1e6));
    return await fetchWeights(checkpoint, { onProgress, ...(sha256 && { sha256 }) });
  } finally {
    bar.stop();
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
