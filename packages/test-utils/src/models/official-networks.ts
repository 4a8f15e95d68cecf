import type { OfficialCase } from './official-case.ts';
import type { OfficialNetwork } from './official-network.ts';
import { officialDiffusersDiT } from './official-diffusers-dit.ts';
import { officialDiT } from './official-dit.ts';
import { officialUViT } from './official-uvit.ts';

/** How the networks of each official architecture are made of ours, by `arch` of the case. */
const officialNetworks: Readonly<
  Record<string, (of: Pick<OfficialCase, 'arch' | 'config' | 'call'>) => OfficialNetwork>
> = {
  uvit: officialUViT,
  uvit_t2i: officialUViT,
  dit: officialDiT,
  lightningdit: officialDiT,
  sit: officialDiT,
  diffusers_DiTTransformer2DModel: officialDiffusersDiT,
};

/** Our network for an official configuration. Throws for an architecture or a configuration that no test understands. */
export function officialNetwork(of: Pick<OfficialCase, 'arch' | 'config' | 'call'>): OfficialNetwork {
  const make = Object.hasOwn(officialNetworks, of.arch) ? officialNetworks[of.arch] : undefined;
  if (!make) throw new Error(`no test understands the architecture ${of.arch}`);
  return make(of);
}
