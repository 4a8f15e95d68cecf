import type { Batch } from '@diptych/core';
import { check } from '@diptych/formats/errors';
import type { Dataset } from '../dataset/dataset.ts';
import { fromFailure } from './messages.ts';
import type { Answer, Description, Request } from './messages.ts';

/** A data set that workers hold; end them with `close` when it is no longer needed. */
export interface WorkerDataset extends Dataset {
  /** Ends the workers. Batches under way fail with the reason. */
  close(reason?: unknown): Promise<void>;
}

/** The near end of a port to a worker. */
export interface Line {
  /** What the worker's data set says of itself. */
  readonly description: Promise<Description>;
  /** Requests that wait for an answer. */
  readonly pending: number;
  ask(indices: Uint32Array): Promise<Batch>;
  /** Fails everything that waits, now and later. */
  end(reason: unknown): void;
}

type Settle<T> = { resolve: (value: T) => void; reject: (reason: unknown) => void };

/** Opens the near end of a port. Node is kept alive as long as an answer is waited for. */
export function openLine(port: MessagePort): Line {
  const { ref, unref } = port as MessagePort & { ref?(): void; unref?(): void };
  const waiting = new Map<number, Settle<Batch>>();
  let ended: { reason: unknown } | undefined;
  let next = 0;
  let described!: Settle<Description>;
  let isDescribed = false;
  const description = new Promise<Description>((resolve, reject) => (described = { resolve, reject }));
  // Whoever ends the line before anybody asks has no error to handle.
  description.catch(() => undefined);
  const keepAlive = () => (isDescribed && waiting.size === 0 ? unref : ref)?.call(port);

  port.onmessage = ({ data }: MessageEvent<Answer>) => {
    const { id, failure } = data;
    if (id < 0) {
      isDescribed = true;
      if (failure) described.reject(fromFailure(failure));
      else described.resolve(data.description!);
    } else {
      const settle = waiting.get(id);
      waiting.delete(id);
      if (failure) settle?.reject(fromFailure(failure));
      else settle?.resolve(data.batch!);
    }
    keepAlive();
  };
  keepAlive();

  return {
    description,
    get pending() {
      return waiting.size;
    },
    ask(indices) {
      if (ended) return Promise.reject(ended.reason);
      return new Promise((resolve, reject) => {
        waiting.set(next, { resolve, reject });
        keepAlive();
        port.postMessage({ id: next++, indices } satisfies Request);
      });
    },
    end(reason) {
      ended ??= { reason };
      described.reject(reason);
      for (const { reject } of waiting.values()) reject(reason);
      waiting.clear();
      port.close();
    },
  };
}

/** One data set of many lines: a batch goes to the worker that has least to do. All must hold the same set. */
export async function overLines(
  where: string,
  lines: readonly Line[],
  stop: () => Promise<unknown>,
): Promise<WorkerDataset> {
  const close = async (reason: unknown = new Error(`${where}: the workers were ended`)) => {
    for (const line of lines) line.end(reason);
    await stop();
  };
  try {
    const [first, ...others] = await Promise.all(lines.map((line) => line.description));
    for (const other of others) {
      const same = JSON.stringify(other) === JSON.stringify(first);
      check(same, where, 'the data set', 'the same in every worker', `${other.name} of ${other.length}`);
    }
    const batch = (indices: ArrayLike<number>) => {
      const idle = lines.reduce((a, b) => (b.pending < a.pending ? b : a));
      return idle.ask(Uint32Array.from(indices));
    };
    return { ...first, batch, close };
  } catch (error) {
    await close(error);
    throw error;
  }
}
