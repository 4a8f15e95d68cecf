import type { AnyBlock } from '../base/block.ts';
import type { NetworkBlock } from '../base/network-block.ts';
import {
  loadAutoencoder,
  loadNetwork,
  type LoadedAutoencoder,
  type LoadedNetwork,
  type LoadNetworkOptions,
} from '../state/network-file/load-network.ts';
import { saveNetwork, type SaveNetworkOptions } from '../state/network-file/save-network.ts';
import { openSafetensorsFile, replaceFile } from '@diptych/formats/node';

/**
 * Writes a network as one file: `saveNetwork` to a disk. A file that is there is replaced when the new one is whole.
 *
 * @throws DiptychError if `saveNetwork` does; errors of the file system as they are
 * @example
 * await saveNetworkFile('digits.safetensors', network, { diffusion: ['edm', { sigmaData: 0.75 }], weights: run.ema });
 */
export async function saveNetworkFile(
  path: string,
  network: AnyBlock,
  options: SaveNetworkOptions = {},
): Promise<void> {
  await replaceFile(path, await saveNetwork(network, options));
}

/**
 * Reads a denoising network from a file, or from several by their index: `loadNetwork` from a disk.
 *
 * @throws DiptychError if `loadNetwork` does, or the file cannot be read
 * @example
 * const { network, diffusion } = await loadNetworkFile('digits.safetensors');
 */
export async function loadNetworkFile<N extends AnyBlock = NetworkBlock>(
  path: string,
  options: LoadNetworkOptions = {},
): Promise<LoadedNetwork<N>> {
  const file = await openSafetensorsFile(path);
  try {
    return await loadNetwork<N>(file, options);
  } finally {
    await file.close();
  }
}

/**
 * Reads an autoencoder from a file: `loadAutoencoder` from a disk.
 *
 * @throws DiptychError if `loadAutoencoder` does, or the file cannot be read
 * @example
 * const { autoencoder } = await loadAutoencoderFile('autoencoder.safetensors');
 */
export async function loadAutoencoderFile(path: string, options: LoadNetworkOptions = {}): Promise<LoadedAutoencoder> {
  const file = await openSafetensorsFile(path);
  try {
    return await loadAutoencoder(file, options);
  } finally {
    await file.close();
  }
}
