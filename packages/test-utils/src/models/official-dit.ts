import { DiT, guidedForward, type DiTOptions } from '@diptych/models';
import { ditNames } from '@diptych/models/networks';
import * as tf from '@tensorflow/tfjs-core';
import type { OfficialCase } from './official-case.ts';
import { innerTap } from './inner-tap.ts';
import { known, type OfficialNetwork } from './official-network.ts';

const defaults = {
  ...{ input_size: 32, patch_size: 2, in_channels: 4, hidden_size: 1152, depth: 28, num_heads: 16, mlp_ratio: 4 },
  ...{ class_dropout_prob: 0.1, num_classes: 1000 },
};

/** facebookresearch/DiT (`dit`), hustvl/LightningDiT (`lightningdit`) and sihyun-yu/REPA's SiT (`sit`). */
export function officialDiT({ arch, config, call }: Pick<OfficialCase, 'arch' | 'config' | 'call'>): OfficialNetwork {
  const options = { dit: ditOptions, lightningdit: lightningOptions, sit: sitOptions }[arch]!(config);
  const network = new DiT(options);
  if (config.use_checkpoint) network.setRecompute(/^block\.\d+$/);
  const { image, patch, heads } = options;
  const inside = innerTap(network, {
    grid: [image[0] / patch, image[1] / patch],
    heads,
    activation: 'geluTanh',
    condition: ['timeEmbedding', 'labelEmbedding'],
  });
  return {
    network,
    names: ditNames(network),
    input: ({ x, t, y }) => ({ x, noise: t, label: y }),
    tap: (module) => {
      const outer = [
        [/^x_embedder/, 'patchEmbedding'],
        [/^t_embedder/, 'timeEmbedding'],
        [/^y_embedder/, 'labelEmbedding'],
        [/^blocks/, 'block'],
        [/adaLN_modulation$/, 'adaLN'],
        [/^final_layer/, 'final'],
      ].reduce((name, [from, to]) => name.replace(from, to as string), module);
      return inside(outer);
    },
    outputs: Object.fromEntries((options.projectors?.outputs ?? []).map((_, i) => [`z${i}`, `projectors.${i}`])),
    guided: guidance(network, arch, call),
  };
}

/** forward_with_cfg: the second half of the batch repeats the first without labels; guides 3 channels of both halves. */
function guidance(network: DiT, arch: string, call: Record<string, unknown>): OfficialNetwork['guided'] {
  const { cfg_scale, cfg_interval_start = -1, ...rest } = call as Record<string, number>;
  if (Object.keys(rest).length) throw new Error(`no test understands the call ${Object.keys(rest).join(', ')}`);
  if (cfg_scale === undefined) return undefined;
  const run =
    (start: number) =>
    ({ x_cfg, t_cfg, y_cfg }: Record<string, tf.Tensor>) =>
      tf.tidy(() => {
        const half = x_cfg.shape[0] / 2;
        const halves = <T extends tf.Tensor>(of: tf.Tensor) => tf.split(of, 2) as T[];
        const [x] = halves<tf.Tensor4D>(x_cfg);
        const [noise, noiseAgain] = halves<tf.Tensor1D>(t_cfg);
        const [label, none] = halves<tf.Tensor1D>(y_cfg);
        const nullClass = none.dataSync()[0];
        const usual = none.dataSync().every((n) => n === nullClass) && sameNumbers(noise, noiseAgain);
        // Before the start of the guidance interval the conditional prediction stands alone.
        const scale = t_cfg.dataSync()[0] < start ? 1 : cfg_scale;
        if (!usual) throw new Error(`no test understands guidance of the labels [${none.dataSync().join(', ')}]`);
        const { guided, unconditional } = guidedForward(network, { x, noise, label }, nullClass, {
          scale,
          channels: 3,
        });
        const [, height, width, channels] = guided.shape;
        const led = Math.min(3, channels);
        const second = tf.slice(guided, [0, 0, 0, 0], [half, height, width, led]);
        const free = tf.slice(unconditional, [0, 0, 0, led], [half, height, width, channels - led]);
        return tf.concat([guided, tf.concat([second, free], 3)], 0) as tf.Tensor4D;
      });
  return arch === 'lightningdit' ? { out_cfg: run(cfg_interval_start), out_cfg_full: run(-1) } : { out_cfg: run(-1) };
}

const sameNumbers = (a: tf.Tensor, b: tf.Tensor) => a.dataSync().every((n, i) => n === b.dataSync()[i]);

const common = (of: typeof defaults): DiTOptions => ({
  image: [of.input_size, of.input_size, of.in_channels],
  patch: of.patch_size,
  width: of.hidden_size,
  depth: of.depth,
  heads: of.num_heads,
  mlpRatio: of.mlp_ratio,
  classes: of.num_classes,
  nullClass: of.class_dropout_prob > 0,
  labelDropout: of.class_dropout_prob,
});

function ditOptions(config: Record<string, unknown>): DiTOptions {
  const { learn_sigma, ...rest } = known(config, { ...defaults, learn_sigma: true });
  return { ...common(rest), variance: learn_sigma ? 'predicted' : 'none' };
}

function lightningOptions(config: Record<string, unknown>): DiTOptions {
  const flags = { use_qknorm: false, use_swiglu: false, use_rope: false, use_rmsnorm: false, wo_shift: false };
  const of = known(config, { ...defaults, in_channels: 32, learn_sigma: false, ...flags, use_checkpoint: false });
  const norm = of.use_rmsnorm ? 'rms' : 'layer';
  return {
    ...common(of),
    variance: of.learn_sigma ? 'dropped' : 'none',
    norm,
    mlp: of.use_swiglu ? 'swiGlu' : 'gelu',
    qkNorm: of.use_qknorm ? norm : 'none',
    rotary: of.use_rope,
    shift: !of.wo_shift,
  };
}

function sitOptions(config: Record<string, unknown>): DiTOptions {
  const more = { decoder_hidden_size: 768, encoder_depth: 8, z_dims: [768], projector_dim: 2048, qk_norm: false };
  // These change training and speed, not the network.
  const ignored = { path_type: 'edm', use_cfg: false, fused_attn: true };
  const of = known(config, { ...defaults, ...more, ...ignored });
  if (of.decoder_hidden_size !== of.hidden_size) throw new Error('no test understands a decoder of another width');
  return {
    ...common(of),
    qkNorm: of.qk_norm ? 'layer' : 'none',
    projectors: { after: `block.${of.encoder_depth - 1}`, hidden: of.projector_dim, outputs: of.z_dims },
  };
}
