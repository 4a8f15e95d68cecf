import { checkNetwork } from '../../state/official-family.ts';
import type { EdmNamesOptions } from '../unet/unet-names.ts';
import { nameMapOf, type Renaming, type NameMap, type OfficialWeight } from '../../state/official.ts';
import { Edm2UNet } from './edm2-unet.ts';

/**
 * Names and layouts of an `Edm2UNet`'s weights in EDM2's preconditioned network, the head of the uncertainty among them. EDM2 stores pickled
 * objects, of which the state dict must be exported with its own code first; see the page on architectures. Weights that the official network
 * lacks (self-conditioning) keep their names.
 *
 * @see github.com/NVlabs/edm2, training/networks_edm2.py
 * @example
 * const network = new Edm2UNet({ ...edm2Presets['img512-xs'], image: [64, 64, 4], classes: 1000 });
 * loadStateDict(network, fromOfficial(readSafetensors(bytes).tensors, edm2Names(network)));
 */
export function edm2Names(network: Edm2UNet, { prefix = 'unet.' }: EdmNamesOptions = {}): NameMap {
  checkNetwork('edm2Names', network, Edm2UNet);
  const { encoder, decoder } = network.layout;
  const [side] = network.config.image;
  const rows: Renaming[] = [];
  const count = new Map<string, number>();
  const exceptions: Record<string, Partial<OfficialWeight>> = {};
  for (const stage of [...encoder, ...decoder]) {
    const { name, kind, level, heads, outputs } = stage;
    const way = encoder.includes(stage) ? 'ENC' : 'DEC';
    const at = `${way}.${side / 2 ** level}x${side / 2 ** level}_`;
    const next = count.get(at) ?? 0;
    if (kind === 'block') count.set(at, next + 1);
    const theirs = kind === 'block' ? `block${next}.` : kind === 'mid' ? '' : `${kind}.`;
    rows.push([new RegExp(`^${name.replace('.', '\\.')}\\.`), `${at}${theirs}`]);
    if (heads === 0) continue;
    // Rows of theirs: head, channel, then query, key or value; ours: these three, head, channel.
    const layout = {
      shape: [3 * outputs, outputs, 1, 1],
      view: [heads, outputs / heads, 3, outputs],
      axes: [3, 2, 0, 1],
    };
    exceptions[`${name}${kind === 'mid' ? '.in0' : ''}.attnQkv.kernel`] = layout;
  }
  const map = nameMapOf(
    network.parameterSpecs(),
    [
      ...rows,
      [/^inConv\./, `enc.${side}x${side}_conv.`],
      [/^ENC\./, 'enc.'],
      [/^DEC\./, 'dec.'],
      [/^outConv\./, 'out_conv.'],
      [/^outGain$/, 'out_gain'],
      [/^logvar\.fourier\./, 'logvar_fourier.'],
      [/^logvar\.linear\./, 'logvar_linear.'],
      [/^embFourier\./, 'emb_fourier.'],
      [/\.frequencies$/, '.freqs'],
      [/^embNoise\./, 'emb_noise.'],
      [/^embLabel\./, 'emb_label.'],
      [/\.embLinear\./, '.emb_linear.'],
      [/\.embGain$/, '.emb_gain'],
      [/\.conv(Res0|Res1|Skip)\./, '.conv_$1.'],
      [/\.conv_R/, '.conv_r'],
      [/\.conv_S/, '.conv_s'],
      [/\.attnQkv\./, '.attn_qkv.'],
      [/\.attnProj\./, '.attn_proj.'],
    ],
    { exceptions },
  );
  const weights = Object.entries(map.weights).map(([ours, weight]) => {
    const outside = /^(selfConditioning|logvar)\./.test(ours);
    return [ours, outside ? weight : { ...weight, name: prefix + weight.name }] as const;
  });
  return { ...map, weights: Object.fromEntries(weights) };
}
