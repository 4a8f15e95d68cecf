import { rotaryTables } from '../blocks/rotary-positions.ts';
import type { HostTensor } from '../weights/host-tensor.ts';
import { nameMapOf, type Renaming } from '../weights/official/name-map-of.ts';
import type { NameMap } from '../weights/official/name-map.ts';
import type { DiT } from './dit.ts';

const renamings: readonly Renaming[] = [
  [/^patchEmbedding\./, 'x_embedder.'],
  [/^timeEmbedding\.mlp\.fc1/, 't_embedder.mlp.0'],
  [/^timeEmbedding\.mlp\.fc2/, 't_embedder.mlp.2'],
  [/^labelEmbedding\.table/, 'y_embedder.embedding_table.table'],
  [/^positions$/, 'pos_embed'],
  [/^block\./, 'blocks.'],
  [/\.adaLN\./, '.adaLN_modulation.1.'],
  [/\.qNorm\./, '.q_norm.'],
  [/\.kNorm\./, '.k_norm.'],
  [/\.gateValue\./, '.w12.'],
  [/\.mlp\.out\./, '.mlp.w3.'],
  [/^(projectors\.\d+)\.fc1\./, '$1.0.'],
  [/^(projectors\.\d+)\.fc2\./, '$1.2.'],
  [/^(projectors\.\d+)\.fc3\./, '$1.4.'],
  [/^final\.norm\./, 'final_layer.norm_final.'],
  [/^final\./, 'final_layer.'],
];

/**
 * Names and layouts of a DiT's weights in the official PyTorch checkpoints of DiT, LightningDiT and SiT (REPA). Weights
 * that these lack (self-conditioning, augmentation) keep their names.
 *
 * @see github.com/facebookresearch/DiT, hustvl/LightningDiT, sihyun-yu/REPA
 * @example
 * loadStateDict(network, fromOfficial(readSafetensors(bytes).tensors, ditNames(network)));
 */
export function ditNames(network: DiT): NameMap {
  const { image, patch, width, heads, rotary, trainedGrid: trained } = network.config;
  const specs = network.parameterSpecs();
  const [rows, columns] = [image[0] / patch, image[1] / patch];
  const table = (kind: 'cos' | 'sin') => (): HostTensor => {
    const data = rotaryTables({ rows, columns, trained }, width / heads)[kind];
    return { shape: [rows * columns, width / heads], dtype: 'float32', data };
  };
  return nameMapOf(specs, renamings, {
    exceptions: {
      positions: { shape: [1, ...specs.positions.shape] },
      'patchEmbedding.proj.kernel': { shape: [width, image[2], patch, patch], axes: [2, 3, 1, 0] },
    },
    constants: rotary ? { 'feat_rope.freqs_cos': table('cos'), 'feat_rope.freqs_sin': table('sin') } : {},
  });
}
