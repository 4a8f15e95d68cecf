import type { NamedVariables } from '@diptych/core';

/** The values of all variables now, by name: copies, for comparing bit for bit. */
export async function weightsOf(of: { variables(): NamedVariables }): Promise<Record<string, number[]>> {
  const read = Object.entries(of.variables()).map(
    async ([name, variable]) => [name, Array.from(await variable.data())] as const,
  );
  return Object.fromEntries(await Promise.all(read));
}
