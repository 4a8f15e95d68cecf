import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What a training said before it ended. */
export interface Told {
  readonly lines: readonly string[];
  /** Null after a kill. */
  readonly code: number | null;
  readonly errors: string;
}

export interface RunTrainingOptions {
  folder: string;
  steps: number;
  env?: Readonly<Record<string, string>>;
  /** Told of every line as it comes; what it returns kills the process after so many milliseconds. */
  onLine?: (line: string) => number | undefined;
}

const script = fileURLToPath(new URL('./training.ts', import.meta.url));
const tsconfig = fileURLToPath(new URL('../../../../../tsconfig.json', import.meta.url));

/** Runs `training.ts` until it ends or is killed (SIGKILL: it has no chance to tidy up). */
export function runTraining({ folder, steps, env, onLine }: RunTrainingOptions): Promise<Told> {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), script, folder, String(steps)], {
    env: { ...process.env, ...env, TSX_TSCONFIG_PATH: tsconfig },
  });
  const lines: string[] = [];
  let [rest, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    const parts = (rest + String(chunk)).split('\n');
    rest = parts.pop()!;
    for (const line of parts) {
      lines.push(line);
      const after = onLine?.(line);
      if (after === 0) child.kill('SIGKILL');
      else if (after !== undefined) setTimeout(() => child.kill('SIGKILL'), after);
    }
  });
  child.stderr.on('data', (chunk: Buffer) => (errors += String(chunk)));
  return new Promise((resolve) => child.on('close', (code) => resolve({ lines, code, errors })));
}
