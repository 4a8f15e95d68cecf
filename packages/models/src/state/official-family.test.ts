import { officialCase, officialCaseNames, officialNetwork, isAutoencoder } from '@diptych/test-utils/models';
import { describe, expect, it } from 'vitest';
import * as networks from '../networks/index.ts';
import { fromOfficial } from './official.ts';

const { UNet, Edm2UNet, UViT, DiT, AutoencoderKL, AutoencoderTiny } = networks;
const frame = { image: [8, 8, 3], width: 8, multipliers: [1, 2], blocks: 1 } as const;
const tokens = { image: [8, 8, 3], patch: 2, width: 8, depth: 2, heads: 2 } as const;
const made = {
  uvitNames: networks.uvitNames(new UViT(tokens)),
  ditNames: networks.ditNames(new DiT(tokens)),
  diffusersDiTNames: networks.diffusersDiTNames(new DiT({ ...tokens, flavor: 'diffusers' })),
  ddaeNames: networks.ddaeNames(new UNet({ ...frame, groups: 4 })),
  edmNames: networks.edmNames(new UNet({ ...networks.unetPresets['edm-ddpmpp'], ...frame })),
  edm2Names: networks.edm2Names(new Edm2UNet(frame)),
  diffusersUNetNames: networks.diffusersUNetNames(new UNet({ ...frame, groups: 4 })),
  diffusersAutoencoderKLNames: networks.diffusersAutoencoderKLNames(new AutoencoderKL({ widths: [4, 8], groups: 2 })),
  ldmAutoencoderKLNames: networks.ldmAutoencoderKLNames(new AutoencoderKL({ widths: [4, 8], groups: 2 })),
  diffusersAutoencoderTinyNames: networks.diffusersAutoencoderTinyNames(new AutoencoderTiny()),
};
const mapOf: Readonly<Record<string, keyof typeof made>> = {
  ...{ uvit: 'uvitNames', uvit_t2i: 'uvitNames', dit: 'ditNames', lightningdit: 'ditNames', sit: 'ditNames' },
  ...{ diffusers_DiTTransformer2DModel: 'diffusersDiTNames', ddae_unet: 'ddaeNames', edm_SongUNet: 'edmNames' },
  ...{ edm_DhariwalUNet: 'edmNames', edm2_unet: 'edm2Names', edm2_precond: 'edm2Names' },
  ...{ diffusers_UNet2DModel: 'diffusersUNetNames', diffusers_AutoencoderKL: 'diffusersAutoencoderKLNames' },
  ...{ ldm_autoencoder: 'ldmAutoencoderKLNames', diffusers_AutoencoderTiny: 'diffusersAutoencoderTinyNames' },
};

describe('fromOfficial', () => {
  it.each(officialCaseNames())(
    'given %s for another family it says of which the tensors are, and which map names them',
    (name) => {
      const { weights, arch } = officialCase(name);
      const own = mapOf[arch] ?? (/^edm_.*Precond$/.test(arch) ? 'edmNames' : undefined);
      const others = Object.entries(made).filter(([map]) => map !== own);
      for (const [other, map] of others) {
        const refused = new RegExp(`whose names ${own} gives`);
        expect(() => fromOfficial(weights, map), other).toThrow(refused);
      }
    },
  );

  it('says the prefix that stands in the way', () => {
    const { weights, ...of } = officialCase('ddae-ddpm');
    expect(isAutoencoder(of)).toBe(false);
    const { names } = officialNetwork(of);
    const wrapped = Object.fromEntries(
      Object.entries(weights).map(([name, tensor]) => [`MODEL.module.nn_model.${name}`, tensor]),
    );
    expect(() => fromOfficial(wrapped, names)).toThrow(
      /fromOfficial: tensors must be named .* these are of DDAE's UNet, .* behind the prefix MODEL.module.nn_model./,
    );
  });

  it.each(Object.keys(made).map((name) => [name as keyof typeof made]))(
    '%s refuses a network of another class',
    (name) => {
      const other = /uvit/i.test(name) ? new DiT(tokens) : new UViT(tokens);
      expect(() => networks[name](other as never)).toThrow(new RegExp(`${name}: network must be (of the class|an) `));
    },
  );
});
