import type { Key, NamedVariables } from '@diptych/core';
import { prefixed } from '@diptych/core/networks';
import { setupValue } from '../../objective/setup-value.ts';
import type { Head, HeadFactory } from './head.ts';

/** The projector of an objective: nothing until it is set up, once, and after it is disposed. */
export interface ObjectiveHead {
  build(make: HeadFactory, inputs: number, key: Key): Head;
  /** Throws before `build`. */
  head(): Head;
  trainableVariables(): NamedVariables;
  variables(): NamedVariables;
  dispose(): void;
}

/** Holds the projector of the objective `where`, its variables under `<name>.projector`. */
export function objectiveHead(where: string, name: string): ObjectiveHead {
  const held = setupValue<Head>(where);
  return {
    build: (make, inputs, key) => held.make(() => make(inputs, key)),
    head: () => held.get(),
    trainableVariables: () => prefixed(`${name}.projector`, held.get().trainableVariables()),
    variables: () => prefixed(`${name}.projector`, held.get().variables()),
    dispose: () => held.take()?.dispose(),
  };
}
