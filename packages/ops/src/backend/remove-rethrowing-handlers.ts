import { nodeVersion } from './node-version.ts';

/** What the code of these handlers is, blanks apart: Emscripten's, that throw the error again from within their own minified file. */
const rethrowing = [
  /^function\(ex\)\{if\(!\(exinstanceofExitStatus\)\)\{?throwex;?\}?\}$/,
  /^function\(reason\)\{throwreason;?\}$/,
];

/**
 * Takes off the handlers that the stock WASM backend sets on the process: for any uncaught error of the program they print
 * 39 kB of the backend's source, in which the error drowns. Says how many there were.
 */
export function removeRethrowingHandlers(): number {
  if (nodeVersion() === undefined) return 0;
  let removed = 0;
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    for (const listener of process.listeners(event as 'uncaughtException')) {
      const code = String(listener).replaceAll(/\s/g, '');
      if (!rethrowing.some((pattern) => pattern.test(code))) continue;
      process.off(event, listener);
      removed++;
    }
  }
  return removed;
}
