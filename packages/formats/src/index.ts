export {
  numbersOf,
  type HostArrays,
  type HostDtype,
  type HostTensor,
  type HostTensors,
} from './tensors/host-tensor.ts';
export { readableEntries } from './tensors/unsupported.ts';
export { matchTensors } from './tensors/match-tensors.ts';
export type { TensorMatch } from './tensors/match-tensors.ts';

export { readSafetensors, type Safetensors } from './safetensors/read-safetensors.ts';
export { openSafetensors } from './safetensors/open-safetensors.ts';
export { openShardedSafetensors } from './safetensors/open-sharded-safetensors.ts';
export type { SafetensorsFile, SingleSafetensorsFile, TensorDescription } from './safetensors/safetensors-file.ts';
export { writeSafetensors } from './safetensors/write-safetensors.ts';

export { readPyTorch, type PlainValue, type PyTorchFile } from './pytorch/read-pytorch.ts';

export { readNpy, writeNpy, type NpyArray, type NpyDtype, type NpyFile, type ReadNpyOptions } from './npy/npy.ts';
export { readNpz, writeNpz } from './npy/npz.ts';

export { unzip, type UnzipOptions } from './archives/unzip.ts';
export { openZip, type ZipFile } from './archives/open-zip.ts';
export { untar, type UntarOptions } from './archives/untar.ts';
export { crc32 } from './archives/crc32.ts';
export { gunzip, type GunzipOptions } from './archives/gunzip.ts';
export { inflateExactly } from './archives/inflate-exactly.ts';

export { parseJson, type ParseJsonOptions } from './json/parse-json.ts';

export { readIdx, type IdxArray, type ReadIdxOptions } from './idx/read-idx.ts';

export type { FileBytes } from './ranges/plain-bytes.ts';
export type { RangedFile } from './ranges/ranged-file.ts';
export { urlFile, type UrlFileOptions } from './ranges/url-file.ts';
