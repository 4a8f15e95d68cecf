/**
 * Lets everything else that waits for the event loop run: input, timers, painting, signals. A promise alone does not, as
 * microtasks go first, and a timer of 0 ms waits 4 ms in browsers.
 *
 * @example
 * for (const image of images) { work(image); await nextTask(); }
 */
export function nextTask(): Promise<void> {
  const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => unknown };
  if (setImmediate) return new Promise((resolve) => void setImmediate(resolve));
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
