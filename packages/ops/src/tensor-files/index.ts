export { numbersOf, type HostArrays, type HostDtype, type HostTensor, type HostTensors } from './host-tensor.ts';
export { readSafetensors, type Safetensors } from './safetensors/read-safetensors.ts';
export { openSafetensors } from './safetensors/open-safetensors.ts';
export { openShardedSafetensors } from './safetensors/open-sharded-safetensors.ts';
export type { SafetensorsFile } from './safetensors/safetensors-file.ts';
export type { RangedFile } from './ranges/ranged-file.ts';
export { urlFile, type UrlFileOptions } from './ranges/url-file.ts';
export { writeSafetensors } from './safetensors/write-safetensors.ts';
export { readPyTorch, type PlainValue, type PyTorchFile } from './pytorch/read-pytorch.ts';
