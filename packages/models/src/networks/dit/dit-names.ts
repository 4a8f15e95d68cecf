import { checkNetwork } from '../../state/official-family.ts';
import { check } from '@diptych/formats/errors';
import { sinCosPositions2d } from '@diptych/ops';
import { rotaryTables } from '../../blocks/attention/rotary-positions.ts';
import type { HostTensor } from '@diptych/formats';
import { nameMapOf, type Renaming, type NameMap } from '../../state/official.ts';
import { DiT } from './dit.ts';

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
  checkNetwork('ditNames', network, DiT);
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

const diffusersRenamings: readonly Renaming[] = [
  [/^patchEmbedding\./, 'pos_embed.'],
  [/^timeEmbedding\./, 'condition.0.time.'],
  [/^labelEmbedding\./, 'condition.0.label.'],
  [/^condition\.(\d+)\./, 'transformer_blocks.$1.norm1.emb.'],
  [/\.time\.mlp\.fc(\d)\./, '.timestep_embedder.linear_$1.'],
  [/\.label\.table$/, '.class_embedder.embedding_table.table'],
  [/^block\./, 'transformer_blocks.'],
  [/(transformer_blocks\.\d+)\.adaLN\./, '$1.norm1.linear.'],
  [/\.attn\.proj\./, '.attn1.to_out.0.'],
  [/\.mlp\.fc1\./, '.ff.net.0.proj.'],
  [/\.mlp\.fc2\./, '.ff.net.2.'],
  [/\.mlp\.valueGate\./, '.ff.net.0.proj.'],
  [/\.mlp\.out\./, '.ff.net.2.'],
  [/\.norm2\./, '.norm3.'],
  [/^final\.adaLN\./, 'proj_out_1.'],
  [/^final\.linear\./, 'proj_out_2.'],
];

/**
 * Names and layouts of a DiT of the flavor `diffusers` in checkpoints of that library (`DiTTransformer2DModel`), where queries, keys
 * and values are three layers and the position table is not stored.
 *
 * @throws DiptychError if the DiT is of another flavor
 * @see github.com/huggingface/diffusers, models/transformers/dit_transformer_2d.py
 * @example
 * const network = new DiT({ ...ditPresets['XL/2'], image: [32, 32, 4], classes: 1000, flavor: 'diffusers' });
 * loadStateDict(network, fromOfficial(readSafetensors(bytes).tensors, diffusersDiTNames(network)));
 */
export function diffusersDiTNames(network: DiT): NameMap {
  checkNetwork('diffusersDiTNames', network, DiT);
  const { image, patch, width, depth, flavor, qkvBias = true } = network.config;
  check(flavor === 'diffusers', 'diffusersDiTNames', 'network', 'a DiT of the flavor diffusers', flavor);
  const grid: [number, number] = [image[0] / patch, image[1] / patch];
  const split = Array.from({ length: depth }, (_, i) => {
    const names = (kind: string) => ['q', 'k', 'v'].map((part) => `transformer_blocks.${i}.attn1.to_${part}.${kind}`);
    const weight = (kind: string) => ({ name: names(kind)[0], also: names(kind).slice(1) });
    return {
      [`block.${i}.attn.qkv.kernel`]: { ...weight('weight'), shape: [width, width] },
      ...(qkvBias && { [`block.${i}.attn.qkv.bias`]: { ...weight('bias'), shape: [width] } }),
    };
  });
  return nameMapOf(network.parameterSpecs(), diffusersRenamings, {
    exceptions: {
      'patchEmbedding.proj.kernel': { shape: [width, image[2], patch, patch], axes: [2, 3, 1, 0] },
      ...Object.assign({}, ...split),
    },
    computed: {
      positions: () => ({ shape: [grid[0] * grid[1], width], dtype: 'float32', data: sinCosPositions2d(grid, width) }),
    },
  });
}
