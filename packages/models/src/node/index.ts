export { loadAutoencoderFile, loadNetworkFile, saveNetworkFile } from './network-file.ts';
