import { check } from '@diptych/formats/errors';
import { NetworkBlock } from '../base/network-block.ts';
import type { AnyBlock } from '../base/block.ts';

/** A name that only the checkpoints of one family have, behind whatever prefix; what they are, and the map for them. */
const families: readonly (readonly [RegExp, string, string])[] = [
  [/(^|\.)in_blocks\.0\./, 'U-ViT', 'uvitNames'],
  [/(^|\.)x_embedder\.proj\.weight$/, 'DiT, SiT or LightningDiT', 'ditNames'],
  [/(^|\.)transformer_blocks\.0\./, "diffusers' DiT", 'diffusersDiTNames'],
  [/(^|\.)time_emb\.lin1\.weight$/, "DDAE's UNet", 'ddaeNames'],
  [/(^|\.)map_layer0\.weight$/, "EDM's SongUNet or ADM", 'edmNames'],
  [/(^|\.)emb_fourier\.freqs$/, "EDM2's UNet", 'edm2Names'],
  [/(^|\.)time_embedding\.linear_1\.weight$/, "diffusers' UNet2DModel", 'diffusersUNetNames'],
  [/(^|\.)encoder\.down_blocks\.0\./, "diffusers' AutoencoderKL", 'diffusersAutoencoderKLNames'],
  [/(^|\.)encoder\.down\.0\.block\.0\./, 'a KL autoencoder of latent diffusion', 'ldmAutoencoderKLNames'],
  [/(^|\.)encoder\.layers\.0\./, "diffusers' AutoencoderTiny", 'diffusersAutoencoderTinyNames'],
];

/** What a checkpoint seems to be by the names of its tensors, and which map is for it. */
export function familyOf(names: readonly string[]): string | undefined {
  for (const [pattern, family, map] of families) {
    const found = names.find((name) => pattern.test(name));
    if (found === undefined) continue;
    const prefix = found.slice(0, pattern.exec(found)!.index + (pattern.exec(found)![1] ?? '').length);
    return `${family}, whose names ${map} gives${prefix ? `, behind the prefix ${prefix}` : ''}`;
  }
  return names.some((name) => /(^|\.)(kernel|gamma|table)$/.test(name))
    ? 'a state dict of this library, which loadStateDict takes as it is'
    : undefined;
}

/** Refuses to name the weights of a network of another class. */
export function checkNetwork<T extends AnyBlock>(
  where: string,
  network: unknown,
  Class: abstract new (...args: never[]) => T,
): asserts network is T {
  const name = (of: unknown) => String((of as { className?: string })?.className ?? of).replace(/^Diptych/, '');
  const given = network instanceof NetworkBlock ? name(network.constructor) : network;
  check(network instanceof Class, where, 'network', `of the class ${name(Class)}`, given);
}
