export { numbersOf, type HostArrays, type HostDtype, type HostTensor, type HostTensors } from './host-tensor.ts';
export { readSafetensors, type Safetensors } from './safetensors/read-safetensors.ts';
export { writeSafetensors } from './safetensors/write-safetensors.ts';
export { readPyTorch, type PlainValue, type PyTorchFile } from './pytorch/read-pytorch.ts';
