import { DiT } from '../../networks/dit/dit.ts';
import type { AnyBlock } from '../../base/block.ts';
import { AutoencoderKL } from '../../networks/autoencoder/autoencoder-kl.ts';
import { AutoencoderTiny } from '../../networks/autoencoder/autoencoder-tiny.ts';
import { Edm2UNet } from '../../networks/edm2/edm2-unet.ts';
import { UNet } from '../../networks/unet/unet.ts';
import { UViT } from '../../networks/uvit/uvit.ts';

/** A class whose networks files hold: made of plain options, and named. */
export interface NetworkClass<N extends AnyBlock = AnyBlock> {
  new (options: never): N;
  readonly className: string;
}

/** The classes that a file may name without being handed in. A row here is all that another network needs. */
export const networkClasses: readonly NetworkClass[] = [UViT, DiT, UNet, Edm2UNet, AutoencoderKL, AutoencoderTiny];

/** The name of a class, as people say it. */
export const shownName = (className: string): string => className.replace(/^Diptych/, '');
