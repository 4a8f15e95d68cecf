export { contrastiveAccuracy } from './contrastive/contrastive-accuracy.ts';
export { dcl, type DclOptions, dclw, type DclwOptions } from './contrastive/dcl.ts';
export { infoNce, type InfoNceOptions } from './contrastive/info-nce.ts';
export { ntXent, type NtXentOptions } from './contrastive/nt-xent.ts';

export { byol } from './cosine/byol.ts';
export { negativeCosine } from './cosine/negative-cosine.ts';
export { simSiam, type ViewPair } from './cosine/sim-siam.ts';
export { tokenCosineLoss } from './cosine/token-cosine-loss.ts';

export {
  alignmentLoss,
  type AlignmentLossOptions,
  uniformityLoss,
  type UniformityLossOptions,
} from './dispersion/alignment-uniformity.ts';
export {
  dispersiveCosine,
  dispersiveCovariance,
  type DispersiveCovarianceOptions,
  dispersiveHinge,
  type DispersiveHingeOptions,
  dispersiveL2,
  type DispersiveOptions,
} from './dispersion/dispersive-loss.ts';
export { koLeo, type KoLeoOptions } from './dispersion/ko-leo.ts';

export { Center, type CenterOptions } from './prototypes/center.ts';
export { centeredSoftmax, type CenteredSoftmaxOptions } from './prototypes/centered-softmax.ts';
export { dinoLoss, type DinoLossOptions } from './prototypes/dino-loss.ts';
export { ibotLoss, type IbotLossOptions } from './prototypes/ibot-loss.ts';
export { sinkhornKnopp, type SinkhornKnoppOptions } from './prototypes/sinkhorn-knopp.ts';
export { swav, type SwavOptions } from './prototypes/swav.ts';

export { barlowTwins, type BarlowTwinsOptions } from './redundancy/barlow-twins.ts';
export { vicReg, type VicRegOptions } from './redundancy/vic-reg.ts';

export { l2Normalize, type L2NormalizeOptions } from './l2-normalize.ts';
