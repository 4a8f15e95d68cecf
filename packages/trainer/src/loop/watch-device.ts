/** The parts of tfjs' WebGL and WebGPU backends that know of the loss of their device. */
interface Backend {
  gpgpu?: { gl?: { isContextLost?(): boolean } };
  device?: { lost?: PromiseLike<{ reason?: string; message?: string }> };
}

/**
 * Says how the device of a backend was lost, undefined while it is there. Browsers take a context away when the driver
 * resets, a laptop changes its GPU, or a phone needs the memory: what was on it is gone, and reads may give zeros.
 *
 * @see WebGL 1.0, 5.14.13 `isContextLost`; WebGPU, `GPUDevice.lost`.
 */
export function watchDevice(backend: unknown): () => string | undefined {
  const { gpgpu, device } = backend as Backend;
  let lost: string | undefined;
  void device?.lost?.then(({ reason = 'unknown', message = '' }) => {
    lost = `WebGPU device lost (${reason}) ${message}`.trim();
  });
  return () => (gpgpu?.gl?.isContextLost?.() ? 'WebGL context lost' : lost);
}
