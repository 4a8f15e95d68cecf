import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DiptychError } from '@diptych/formats/errors';
import * as imports from './import-optional.ts';
import * as node from './node-version.ts';
import { pickBackend, type BackendAttempt } from './pick-backend.ts';

vi.mock('./import-optional.ts', { spy: true });
vi.mock('./node-version.ts', { spy: true });

const missing = (specifier: string) =>
  Object.assign(new Error(`Cannot find package '${specifier}' imported from here`), { code: 'ERR_MODULE_NOT_FOUND' });

/** Makes the optional packages look as if only these were installed. */
function install(packages: Record<string, () => unknown>) {
  vi.mocked(imports.importOptional).mockImplementation(async (specifier) => {
    if (!(specifier in packages)) throw missing(specifier);
    return packages[specifier]();
  });
}

const tried = () => {
  const attempts: BackendAttempt[] = [];
  return { attempts, onTry: (attempt: BackendAttempt) => void attempts.push(attempt) };
};

const wasm = '@tensorflow/tfjs-backend-wasm';

/** A stand-in for a backend that tfjs-node would register: plain JS under its name. */
const registerTensorflow = () => tf.registerBackend('tensorflow', () => tf.findBackend('cpu'));

beforeEach(async () => {
  await tf.setBackend('cpu');
  vi.mocked(node.nodeVersion).mockReturnValue(22);
});

afterEach(() => {
  vi.mocked(imports.importOptional).mockReset();
  vi.mocked(node.nodeVersion).mockReset();
});

describe('pickBackend()', () => {
  it('falls through to WASM with its kernels when nothing faster is installed, and says why', async () => {
    install({ [wasm]: () => import('@tensorflow/tfjs-backend-wasm') });
    const { attempts, onTry } = tried();
    expect(await pickBackend({ env: {}, onTry })).toBe('wasm');
    expect(tf.getBackend()).toBe('wasm');
    expect(attempts.map(({ candidate, running }) => [candidate, running])).toEqual([
      ['tfjs-node-gpu', false],
      ['tfjs-node', false],
      ['webgpu', false],
      ['wasm', true],
    ]);
    expect(attempts[1].note).toBe('not installed: npm install @tensorflow/tfjs-node');
    expect(attempts[2].note).toMatch(/npm install webgpu/);
    expect(attempts[3].note).toMatch(/^kernels: /);
    expect(tf.add(1, 2).dataSync()[0]).toBe(3);
  });

  it("takes off the stock backend's handlers, in which uncaught errors drown, and no other, and says so", () => {
    const url = (path: string) => new URL(path, import.meta.url).href;
    const code = `
      const mine = () => {};
      process.on('unhandledRejection', mine);
      const { pickBackend } = await import(${JSON.stringify(url('./pick-backend.ts'))});
      const handlers = () => ['uncaughtException', 'unhandledRejection'].map((name) => process.listenerCount(name));
      await pickBackend({ force: 'wasm', onTry: ({ note }) => console.log(note) });
      console.log(handlers(), process.listeners('unhandledRejection')[0] === mine);
      process.off('unhandledRejection', mine);
      setTimeout(() => { throw new Error('the disk is full'); }, 1);`;
    const env = { ...process.env, TSX_TSCONFIG_PATH: fileURLToPath(url('../../../../tsconfig.json')) };
    const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', code];
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
    expect(stdout).toMatch(/^kernels: .*; took off the stock backend's handlers of uncaught errors/);
    expect(stdout).toContain('[ 0, 1 ] true');
    expect(status).toBe(1);
    expect(stderr).toContain('the disk is full');
    expect(stderr.length).toBeLessThan(2000);
  });

  it('prefers tfjs-node where it is installed', async () => {
    install({ '@tensorflow/tfjs-node': registerTensorflow });
    const { attempts, onTry } = tried();
    expect(await pickBackend({ env: {}, onTry })).toBe('tensorflow');
    expect(attempts.at(-1)).toEqual({ candidate: 'tfjs-node', running: true });
    await tf.setBackend('cpu');
    expect(imports.importOptional).toHaveBeenCalledWith('@tensorflow/tfjs-node-gpu');
  });

  it('never imports tfjs-node on Node 23 and later, where it crashes', async () => {
    vi.mocked(node.nodeVersion).mockReturnValue(23);
    install({});
    const { attempts, onTry } = tried();
    expect(await pickBackend({ env: {}, prefer: ['tfjs-node', 'cpu'], onTry })).toBe('cpu');
    expect(attempts[0].note).toMatch(
      /tfjs-node crashes on Node 23 and later, this is Node 23: use Node 22 or another backend/,
    );
    expect(imports.importOptional).not.toHaveBeenCalled();
    await expect(pickBackend({ env: { DIPTYCH_BACKEND: 'tfjs-node' } })).rejects.toThrow(/crashes on Node 23/);
  });

  it('tries what prefer names first', async () => {
    install({});
    const { attempts, onTry } = tried();
    expect(await pickBackend({ env: {}, prefer: ['cpu'], onTry })).toBe('cpu');
    expect(attempts).toEqual([{ candidate: 'cpu', running: true }]);
  });

  it('takes the backend that force names and no other, whatever the environment says', async () => {
    expect(await pickBackend({ force: 'cpu', env: { DIPTYCH_BACKEND: 'wasm' } })).toBe('cpu');
    await expect(pickBackend({ force: 'tfjs-node-gpu', env: {} })).rejects.toThrow(
      /pickBackend: force must be a backend that starts here .* got "tfjs-node-gpu"/,
    );
  });

  it('takes the backend that DIPTYCH_BACKEND names and no other', async () => {
    install({ [wasm]: () => import('@tensorflow/tfjs-backend-wasm') });
    const { attempts, onTry } = tried();
    expect(await pickBackend({ env: { DIPTYCH_BACKEND: 'wasm' }, prefer: ['cpu'], onTry })).toBe('wasm');
    expect(attempts.map(({ candidate }) => candidate)).toEqual(['wasm']);
    expect(await pickBackend({ env: { DIPTYCH_BACKEND: 'cpu' } })).toBe('cpu');
  });

  it('refuses a forced backend that is not installed, with the package to install, and keeps the cause', async () => {
    install({});
    const error = await pickBackend({ env: { DIPTYCH_BACKEND: 'tfjs-node-gpu' } }).catch((e: unknown) => e);
    expect(DiptychError.isInstance(error)).toBe(true);
    expect(String(error)).toMatch(
      /pickBackend: DIPTYCH_BACKEND must be a backend that starts here \(not installed: npm install @tensorflow\/tfjs-node-gpu\), got "tfjs-node-gpu"/,
    );
    expect((error as Error).cause).toBeInstanceOf(Error);
    expect(tf.getBackend()).toBe('cpu');
  });

  it('refuses names it does not know', async () => {
    await expect(pickBackend({ env: { DIPTYCH_BACKEND: 'cuda' } })).rejects.toThrow(
      /DIPTYCH_BACKEND must be one of "tfjs-node-gpu", "tfjs-node", "webgpu", "wasm", "cpu", got "cuda"/,
    );
    await expect(pickBackend({ env: {}, prefer: ['fast'] })).rejects.toThrow(/prefer must be one of .* got "fast"/);
  });

  it('tells a package that fails to load from one that is missing', async () => {
    install({
      '@tensorflow/tfjs-node': () => {
        throw new Error('libtensorflow.so.2: cannot open shared object file\nstack');
      },
    });
    await expect(pickBackend({ env: { DIPTYCH_BACKEND: 'tfjs-node' } })).rejects.toThrow(
      /\(libtensorflow.so.2: cannot open shared object file\)/,
    );
  });

  describe('in a browser', () => {
    beforeEach(() => {
      vi.mocked(node.nodeVersion).mockReturnValue(undefined);
    });

    it('imports no package, and takes a backend that the page has registered', async () => {
      const { attempts, onTry } = tried();
      expect(await pickBackend({ env: {}, prefer: ['webgpu', 'cpu'], onTry })).toBe('cpu');
      expect(attempts[0]).toEqual({ candidate: 'webgpu', running: false, note: 'this browser has no WebGPU' });
      expect(imports.importOptional).not.toHaveBeenCalled();
      await expect(pickBackend({ env: { DIPTYCH_BACKEND: 'tfjs-node' } })).rejects.toThrow(/runs in Node alone/);
    });

    it('loads a backend by the loader that the page gives', async () => {
      const loader = vi.fn(async () => tf.registerBackend('webgpu', () => tf.findBackend('cpu')));
      const gpu = { requestAdapter: async () => ({}) };
      vi.stubGlobal('navigator', { gpu });
      expect(await pickBackend({ env: {}, loaders: { webgpu: loader } })).toBe('webgpu');
      expect(loader).toHaveBeenCalledOnce();
      await tf.setBackend('cpu');
      tf.removeBackend('webgpu');
      vi.unstubAllGlobals();
    });
  });

  it('passes over WebGPU without an adapter, and leaves no navigator.gpu behind', async () => {
    const create = () => ({ requestAdapter: async () => null });
    install({ webgpu: () => ({ create, globals: { GPUBufferUsage: {} } }) });
    const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
    await expect(pickBackend({ env: { DIPTYCH_BACKEND: 'webgpu' } })).rejects.toThrow(/no adapter/);
    expect(Object.getOwnPropertyDescriptor(globalThis, 'navigator')).toEqual(before);
    expect('GPUBufferUsage' in globalThis).toBe(false);
  });
});
