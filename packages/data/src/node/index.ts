export { imageFolder, type ImageFolderOptions } from './image-folder.ts';
export { saveBytes, savePng } from './save-files.ts';
export { saveGrid, saveImages, type ImagesToSave, type ImageTensor, type SaveImagesOptions } from './save-images.ts';

export { cacheFolder, type CachedOptions } from './download/cache-folder.ts';
export { download, type DownloadOptions } from './download/download.ts';
export {
  downloadCifar10,
  downloadCifar100,
  type DownloadCifarOptions,
  type TrainAndTest,
} from './download/download-cifar.ts';
export { downloadMnist, type DownloadMnistOptions } from './download/download-mnist.ts';
export type { DownloadProgress } from './download/fetch-rest.ts';
export { fileSha256 } from './download/file-sha256.ts';
export {
  cifar100File,
  cifar10File,
  fashionMnistFiles,
  mnistFiles,
  type KnownFile,
  type MnistFiles,
} from './download/known-files.ts';

export {
  encodeLatents,
  type EncodeImages,
  type EncodeLatentsOptions,
  type LatentMoments,
} from './latents/encode-latents.ts';
export { latentDataset, type LatentDataset } from './latents/latent-dataset.ts';

export { inWorkers, type InWorkersOptions, type WorkerJob } from './workers/in-workers.ts';
