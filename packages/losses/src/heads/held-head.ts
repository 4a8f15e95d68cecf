import type { Key, NamedVariables } from '@diptych/core';
import { check } from '@diptych/formats/errors';
import type { Head, HeadFactory } from './head.ts';
import { prefixed } from './prefixed.ts';

/** The projector of an objective: nothing until it is set up, once, and after it is disposed. */
export interface HeldHead {
  build(make: HeadFactory, inputs: number, key: Key): Head;
  /** Throws before `build`. */
  head(): Head;
  trainableVariables(): NamedVariables;
  variables(): NamedVariables;
  dispose(): void;
}

/** Holds the projector of the objective `where`, its variables under `<name>.projector`. */
export function heldHead(where: string, name: string): HeldHead {
  let held: Head | undefined;
  const head = (): Head => {
    check(held, where, 'objective', 'set up before it is used (call setup)', held);
    return held;
  };
  return {
    build(make, inputs, key) {
      check(!held, where, 'objective', 'set up once', 'a second setup');
      return (held = make(inputs, key));
    },
    head,
    trainableVariables: () => prefixed(`${name}.projector`, head().trainableVariables()),
    variables: () => prefixed(`${name}.projector`, head().variables()),
    dispose() {
      held?.dispose();
      held = undefined;
    },
  };
}
