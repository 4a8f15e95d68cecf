export {
  cifar100Classes,
  cifar100Dataset,
  cifar10Dataset,
  type Cifar100DatasetOptions,
  type CifarDatasetOptions,
} from './cifar-dataset.ts';
export { digits, digitSplits, type Splits } from './digits.ts';
export { isHidden, type ImageFileDataset, type ImageFileOptions, type SkippedImage } from './image-files.ts';
export { mnistDataset, type MnistDatasetOptions } from './mnist-dataset.ts';
export { npyImages, type NpyImagesOptions } from './npy-images.ts';
export { npzDataset, type NpzDatasetOptions } from './npz-dataset.ts';
export { zipDataset, type ZipDatasetOptions } from './zip-dataset.ts';
