/** Runs one command, its output on this terminal, and throws if it fails. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

export function run(command, args, options = {}) {
  const { status, signal, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${signal ?? `code ${status}`}`);
}

/** A program of the workspace's own node_modules/.bin, started without a shell. */
export const tool = (name, args, options) => run(`${root}node_modules/.bin/${name}`, args, options);
