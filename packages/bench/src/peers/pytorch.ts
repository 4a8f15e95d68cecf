import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../../python/peer.py', import.meta.url));

/** PyTorch in a process of its own; jobs run one at a time. */
export interface PyTorch {
  readonly version: string;
  /** Seconds of each repetition of the job. */
  run(job: Record<string, unknown> & { kind: string; threads: number; repeat: number }): Promise<number[]>;
  close(): void;
}

/** Starts PyTorch, if the Python of DIPTYCH_PYTHON (default python3) has it; otherwise undefined. */
export function startPyTorch(): PyTorch | undefined {
  const python = process.env.DIPTYCH_PYTHON ?? 'python3';
  // A library choice made for reproducibility elsewhere would slow BLAS down here.
  const env: NodeJS.ProcessEnv = { ...process.env };
  delete env.OPENBLAS_CORETYPE;
  const probe = spawnSync(python, ['-c', 'import torch; print(torch.__version__)'], { env, encoding: 'utf8' });
  if (probe.status !== 0) return undefined;
  const child: ChildProcessWithoutNullStreams = spawn(python, [script], { env });
  const errors: string[] = [];
  child.stderr.on('data', (chunk) => errors.push(String(chunk)));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    version: probe.stdout.trim(),
    async run(job) {
      child.stdin.write(JSON.stringify(job) + '\n');
      const { value, done } = await lines.next();
      if (done) throw new Error(`PyTorch ended during ${job.kind}: ${errors.join('').trim()}`);
      return (JSON.parse(value) as { seconds: number[] }).seconds;
    },
    close: () => child.stdin.end(),
  };
}
