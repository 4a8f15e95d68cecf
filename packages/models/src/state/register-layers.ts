import { serialization } from '@tensorflow/tfjs-core';
import { Attention } from '../blocks/attention/attention.ts';
import { Conv2d } from '../blocks/convolution/conv2d.ts';
import { CrossAttention } from '../blocks/attention/cross-attention.ts';
import { FourierEmbedding } from '../blocks/embedding/fourier-embedding.ts';
import { GroupNorm } from '../blocks/norm/group-norm.ts';
import { LabelEmbedding } from '../blocks/embedding/label-embedding.ts';
import { LayerNorm } from '../blocks/norm/layer-norm.ts';
import { Linear } from '../blocks/mlp/linear.ts';
import { GatedMlp } from '../blocks/mlp/gated-mlp.ts';
import { Mlp } from '../blocks/mlp/mlp.ts';
import { PatchEmbedding } from '../blocks/embedding/patch-embedding.ts';
import { Pool } from '../blocks/attention/pool.ts';
import { SelfConditioning } from '../conditions/self-conditioning.ts';
import { TimeEmbedding } from '../blocks/embedding/time-embedding.ts';
import { TransformerBlock } from '../blocks/attention/transformer-block.ts';
import { RmsNorm } from '../blocks/norm/rms-norm.ts';
import { DiTBlock, DiTFinalLayer, DiTCondition, Projector } from '../networks/dit/dit-block.ts';
import { DiT } from '../networks/dit/dit.ts';
import { MpConv2d } from '../blocks/magnitude-preserving/mp-conv2d.ts';
import { MpFourierEmbedding } from '../blocks/magnitude-preserving/mp-fourier-embedding.ts';
import { MpLinear } from '../blocks/magnitude-preserving/mp-linear.ts';
import { AutoencoderKL } from '../networks/autoencoder/autoencoder-kl.ts';
import { AutoencoderTiny } from '../networks/autoencoder/autoencoder-tiny.ts';
import { Edm2Block, Edm2Middle } from '../networks/edm2/edm2-block.ts';
import { Edm2UNet } from '../networks/edm2/edm2-unet.ts';
import { UNet } from '../networks/unet/unet.ts';
import { ResidualBlock } from '../blocks/image/residual-block.ts';
import { Resample } from '../blocks/image/resample.ts';
import { SpatialAttention } from '../blocks/image/spatial-attention.ts';
import { UNetBlock, UNetMiddle } from '../blocks/image/unet-block.ts';
import { UViT } from '../networks/uvit/uvit.ts';

const layerClasses = [
  ...[Attention, Conv2d, LabelEmbedding, LayerNorm, Linear, Mlp, PatchEmbedding, Pool, SelfConditioning],
  ...[
    DiTCondition,
    TimeEmbedding,
    TransformerBlock,
    UViT,
    RmsNorm,
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
