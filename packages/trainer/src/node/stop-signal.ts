/** Ends a training when the process is asked to end. */
export interface StopSignal {
  /** For `train`. */
  readonly signal: AbortSignal;
  /** What shells expect of a process that was stopped: 130 after SIGINT, 143 after SIGTERM; undefined if nothing came. */
  readonly exitCode: number | undefined;
  /** Lets signals end the process at once again. */
  dispose(): void;
  [Symbol.dispose](): void;
}

const codes = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * A signal that aborts when somebody presses Ctrl-C (SIGINT) or a scheduler or container ends the process (SIGTERM), so that the
 * training ends after the step under way and its checkpoint can be kept. The second such signal ends the process at once.
 *
 * @example
 * const stop = stopSignal();
 * for await (const event of train({ ...options, signal: stop.signal })) await log.write(event);
 * await saveCheckpoint(path, await run.checkpoint());
 * process.exitCode = stop.exitCode;
 */
export function stopSignal(): StopSignal {
  const controller = new AbortController();
  let exitCode: number | undefined;
  const stop = (name: NodeJS.Signals) => {
    dispose();
    exitCode = codes[name as keyof typeof codes];
    controller.abort();
  };
  const names = Object.keys(codes) as (keyof typeof codes)[];
  const dispose = () => names.forEach((name) => process.off(name, stop));
  names.forEach((name) => process.on(name, stop));
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    dispose,
    [Symbol.dispose]: dispose,
  };
}
