import { serialization } from '@tensorflow/tfjs-core';
import { Attention } from './blocks/attention.ts';
import { Conv2d } from './blocks/conv2d.ts';
import { CrossAttention } from './blocks/cross-attention.ts';
import { FourierEmbedding } from './blocks/fourier-embedding.ts';
import { GroupNorm } from './blocks/group-norm.ts';
import { LabelEmbedding } from './blocks/label-embedding.ts';
import { LayerNorm } from './blocks/layer-norm.ts';
import { Linear } from './blocks/linear.ts';
import { GatedMlp } from './blocks/gated-mlp.ts';
import { Mlp } from './blocks/mlp.ts';
import { PatchEmbedding } from './blocks/patch-embedding.ts';
import { Pool } from './blocks/pool.ts';
import { SelfConditioning } from './blocks/self-conditioning.ts';
import { TimeEmbedding } from './blocks/time-embedding.ts';
import { TransformerBlock } from './blocks/transformer-block.ts';
import { RmsNorm } from './blocks/rms-norm.ts';
import { SwiGlu } from './blocks/swi-glu.ts';
import { DiTBlock } from './dit/dit-block.ts';
import { DiTCondition } from './dit/dit-condition.ts';
import { DiTFinalLayer } from './dit/dit-final-layer.ts';
import { DiT } from './dit/dit.ts';
import { Projector } from './dit/projector.ts';
import { MpConv2d } from './magnitude-preserving/mp-conv2d.ts';
import { MpFourierEmbedding } from './magnitude-preserving/mp-fourier-embedding.ts';
import { MpLinear } from './magnitude-preserving/mp-linear.ts';
import { AutoencoderKL } from './networks/autoencoder/autoencoder-kl.ts';
import { AutoencoderTiny } from './networks/autoencoder/autoencoder-tiny.ts';
import { Edm2Block, Edm2Middle } from './networks/edm2/edm2-block.ts';
import { Edm2UNet } from './networks/edm2/edm2-unet.ts';
import { UNet } from './networks/unet/unet.ts';
import { ResidualBlock } from './unet/residual-block.ts';
import { Resample } from './unet/resample.ts';
import { SpatialAttention } from './unet/spatial-attention.ts';
import { UNetBlock, UNetMiddle } from './unet/unet-block.ts';
import { UViT } from './uvit/uvit.ts';

const layerClasses = [
  ...[Attention, Conv2d, LabelEmbedding, LayerNorm, Linear, Mlp, PatchEmbedding, Pool, SelfConditioning],
  ...[
    DiTCondition,
    TimeEmbedding,
    TransformerBlock,
    UViT,
    RmsNorm,
    SwiGlu,
    CrossAttention,
    FourierEmbedding,
    GatedMlp,
    GroupNorm,
    MpConv2d,
    MpFourierEmbedding,
    MpLinear,
    DiTBlock,
    DiTFinalLayer,
    DiT,
    Projector,
    Resample,
    SpatialAttention,
    AutoencoderKL,
    AutoencoderTiny,
    ResidualBlock,
    UNetBlock,
    UNetMiddle,
    UNet,
    Edm2Block,
    Edm2Middle,
    Edm2UNet,
  ],
];

/**
 * Makes the layers of this package known to tfjs, so that `tf.loadLayersModel` can read models that contain them. Calling it
 * again changes nothing.
 *
 * @example
 * registerLayers();
 * const model = await tf.loadLayersModel(handler);
 */
export function registerLayers(): void {
  for (const layerClass of layerClasses) {
    serialization.registerClass(
      layerClass as unknown as serialization.SerializableConstructor<serialization.Serializable>,
    );
  }
}
