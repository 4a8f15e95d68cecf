/** A backend that `pickBackend` knows how to start. */
export interface Candidate {
  /** What DIPTYCH_BACKEND and `prefer` call it. */
  readonly name: string;
  /** The npm package that brings it. */
  readonly package: string;
  /** Under which name tfjs knows it. */
  readonly registers: string;
  /** Runs in Node alone. */
  readonly nodeOnly?: boolean;
}

/** In the order in which they are tried. */
export const candidates: readonly Candidate[] = [
  { name: 'tfjs-node-gpu', package: '@tensorflow/tfjs-node-gpu', registers: 'tensorflow', nodeOnly: true },
  { name: 'tfjs-node', package: '@tensorflow/tfjs-node', registers: 'tensorflow', nodeOnly: true },
  { name: 'webgpu', package: '@tensorflow/tfjs-backend-webgpu', registers: 'webgpu' },
  { name: 'wasm', package: '@tensorflow/tfjs-backend-wasm', registers: 'wasm' },
  { name: 'cpu', package: '@tensorflow/tfjs-backend-cpu', registers: 'cpu' },
];
