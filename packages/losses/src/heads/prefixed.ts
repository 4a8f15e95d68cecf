import type { NamedVariables } from '@diptych/core';

/** The same variables under `<prefix>.<name>`. */
export function prefixed(prefix: string, variables: NamedVariables): NamedVariables {
  return Object.fromEntries(Object.entries(variables).map(([name, variable]) => [`${prefix}.${name}`, variable]));
}
