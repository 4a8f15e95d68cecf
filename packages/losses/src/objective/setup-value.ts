import { fail } from '@diptych/formats/errors';

/** What `setup` makes once and `dispose` takes away: heads, centers, copies. */
export interface SetupValue<T> {
  /** @throws DiptychError if there is a value already */
  make(of: () => T): T;
  /** @throws DiptychError if there is no value yet */
  get(): T;
  /** The value, which the caller then frees; undefined if there is none. */
  take(): T | undefined;
}

/** A value of the objective, criterion or teacher `where`. */
export function setupValue<T extends object>(where: string): SetupValue<T> {
  let held: T | undefined;
  return {
    make(of) {
      if (held) fail(where, 'setup was called a second time; make one for each training');
      return (held = of());
    },
    get: () => held ?? fail(where, 'setup must be called before use'),
    take() {
      const taken = held;
      held = undefined;
      return taken;
    },
  };
}
