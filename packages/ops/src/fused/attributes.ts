/** The attributes of a kernel by the type that its op says they have: tfjs hands them on without one. */
export const attributes = <Attributes>(given: unknown): Attributes => given as Attributes;
