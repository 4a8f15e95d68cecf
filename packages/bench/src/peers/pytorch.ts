import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../../python/peer.py', import.meta.url));

/** What python/peer.py is to make; see there. */
export type PeerJob = Readonly<Record<string, unknown>> & { readonly kind: string };

/** A job of PyTorch's that is ready to be timed. */
export interface OpenJob {
  /** Of its network; 0 where there is none. */
  readonly parameters: number;
  /** Seconds of one run. */
  once(): Promise<number>;
  /** Forgets it. Mebibytes that the process has taken at most since it was started. */
  close(): Promise<number>;
}

/** PyTorch in a process of its own; requests are answered one at a time. */
export interface PyTorch {
  readonly version: string;
  open(job: PeerJob & { threads: number }): Promise<OpenJob>;
  close(): void;
}

/** Which Python is asked for PyTorch. */
export const pythonName = (): string => process.env.DIPTYCH_PYTHON ?? 'python3';

/** Starts PyTorch, if that Python has it; otherwise undefined. */
export function startPyTorch(python = pythonName()): PyTorch | undefined {
  // A library choice made for reproducibility elsewhere would slow BLAS down here.
  const env: NodeJS.ProcessEnv = { ...process.env };
  delete env.OPENBLAS_CORETYPE;
  const probe = spawnSync(python, ['-c', 'import torch; print(torch.__version__)'], { env, encoding: 'utf8' });
  if (probe.status !== 0) return undefined;
  const child = spawn(python, [script], { env });
  const errors: string[] = [];
  child.stderr.on('data', (chunk) => errors.push(String(chunk)));
  // The answer is missing then, and says more.
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  async function ask<T>(request: Record<string, unknown>): Promise<T> {
    child.stdin.write(JSON.stringify(request) + '\n');
    const { value, done } = await lines.next();
    if (done) throw new Error(`PyTorch ended during ${JSON.stringify(request)}: ${errors.join('').trim()}`);
    return JSON.parse(value) as T;
  }
  let jobs = 0;
  return {
    version: probe.stdout.trim(),
    async open(job) {
      const name = String(jobs++);
      const { parameters } = await ask<{ parameters: number }>({ train: false, ...job, open: name });
      return {
        parameters,
        once: async () => (await ask<{ seconds: number }>({ time: name })).seconds,
        close: async () => (await ask<{ peakMiB: number }>({ close: name })).peakMiB,
      };
    },
    close: () => child.stdin.end(),
  };
}
