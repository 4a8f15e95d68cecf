import type { OfficialConfiguration } from './official-case.ts';
import type { OfficialNetwork } from './official-network.ts';
import { officialDiffusersDiT } from './official-diffusers-dit.ts';
import { officialDiT } from './official-dit.ts';
import { officialDiffusersUNet } from './official-diffusers-unet.ts';
import { officialDdae } from './official-ddae.ts';
import { officialEdm, officialEdmPrecond } from './official-edm.ts';
import { officialEdm2 } from './official-edm2.ts';
import { officialUViT } from './official-uvit.ts';

/** How the networks of each official architecture are made of ours, by `arch` of the case. */
const officialNetworks: Readonly<Record<string, (of: OfficialConfiguration) => OfficialNetwork>> = {
  uvit: officialUViT,
  uvit_t2i: officialUViT,
  dit: officialDiT,
  lightningdit: officialDiT,
  sit: officialDiT,
  diffusers_DiTTransformer2DModel: officialDiffusersDiT,
  ddae_unet: officialDdae,
  edm_SongUNet: officialEdm,
  edm_DhariwalUNet: officialEdm,
  edm_VPPrecond: officialEdmPrecond,
  edm_VEPrecond: officialEdmPrecond,
  edm_iDDPMPrecond: officialEdmPrecond,
  edm_EDMPrecond: officialEdmPrecond,
  edm2_unet: officialEdm2,
  edm2_precond: officialEdm2,
  diffusers_UNet2DModel: officialDiffusersUNet,
};

/** Our network for an official configuration. Throws for an architecture or a configuration that no test understands. */
export function officialNetwork(of: OfficialConfiguration): OfficialNetwork {
  const make = Object.hasOwn(officialNetworks, of.arch) ? officialNetworks[of.arch] : undefined;
  if (!make) throw new Error(`no test understands the architecture ${of.arch}`);
  // The official constants of these were edited; the others have none that a case would edit.
  const editable = /^(ddae|edm)_/.test(of.arch);
  if (of.variant && !editable) throw new Error(`no test understands the variant ${of.variant} of ${of.arch}`);
  return make(of);
}
