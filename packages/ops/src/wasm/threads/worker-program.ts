import { bytes, limits, words } from './control.ts';

/** Milliseconds in which a calling thread that has a core sees that its calls are done. */
const patience = 0.005;

/**
 * What a worker thread runs: text, because a bundler moves files, and a blob or data URL needs none. Given {control, memory, module, names, slot,
 * spin}, it instantiates the kernels on the shared heap and works off calls until it is stopped: it watches for `spin` milliseconds, then sleeps. It
 * sleeps at once if all calls are done and the calling thread, which watches, does not go on: then that one has no core, perhaps because of this one.
 */
const body = `
function work({ control, memory, module, names, slot, spin }) {
  const w = ${JSON.stringify(words)};
  const ints = new Int32Array(control);
  const floats = new Float64Array(control, ${bytes.records}, ${limits.calls * limits.record});
  const text = new Uint16Array(control, ${bytes.text}, ${limits.text});
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const kernels = names.map((name) => exports[name]);
  const lists = [];
  const take = () => {
    for (;;) {
      const left = Atomics.load(ints, w.left);
      if (left <= 0) return -1;
      if (Atomics.compareExchange(ints, w.left, left, left - 1) === left) return left - 1;
    }
  };
  const call = (index) => {
    const at = index * ${limits.record};
    const count = floats[at + 1];
    const bytes = ints[w.scratchBytes] >>> 0;
    const list = (lists[count + (bytes ? 1 : 0)] ??= new Array(count + (bytes ? 1 : 0)));
    for (let i = 0; i < count; i++) list[i] = floats[at + 2 + i];
    if (bytes) list[count] = (ints[w.scratch] >>> 0) + slot * bytes;
    try {
      kernels[floats[at]].apply(undefined, list);
    } catch (error) {
      if (Atomics.compareExchange(ints, w.failed, 0, 1) === 0) {
        const message = names[floats[at]] + ': ' + String((error && error.message) || error);
        const length = Math.min(message.length, text.length);
        for (let i = 0; i < length; i++) text[i] = message.charCodeAt(i);
        ints[w.textLength] = length;
      }
    }
    Atomics.add(ints, w.done, 1);
    if (Atomics.load(ints, w.awaited)) Atomics.notify(ints, w.done);
  };
  const isStuck = (turn) =>
    Atomics.load(ints, w.returned) !== turn && Atomics.load(ints, w.done) === ints[w.count] && !Atomics.load(ints, w.awaited);
  let seen = 0;
  Atomics.add(ints, w.ready, 1);
  for (;;) {
    for (let index = take(); index >= 0; index = take()) call(index);
    const began = performance.now();
    let turn = Atomics.load(ints, w.turn);
    for (let now = began, moved = began; turn === seen && now < began + spin && now < moved + ${patience}; now = performance.now()) {
      for (let i = 0; i < 50 && turn === seen; i++) turn = Atomics.load(ints, w.turn);
      if (!isStuck(turn)) moved = now;
    }
    if (turn === seen) {
      Atomics.add(ints, w.asleep, 1);
      Atomics.wait(ints, w.turn, seen);
      Atomics.sub(ints, w.asleep, 1);
      turn = Atomics.load(ints, w.turn);
    }
    seen = turn;
    if (Atomics.load(ints, w.stopped)) return;
  }
}
`;

/** For `new Worker(text, { eval: true, workerData })` of Node. */
export const nodeProgram = `'use strict';${body}work(require('node:worker_threads').workerData);`;

/** For a worker of a page, which is sent its data. */
export const browserProgram = `'use strict';${body}onmessage = ({ data }) => { work(data); close(); };`;
