/**
 * Builds of the kernels with numbers of threads: every build on several threads, and on one; 1, 2, 3 and 7 are among them. Those of several come
 * first, since the heap must be shared when it starts.
 */
export const kernelBuilds = [
  { instructionSet: 'simd', threads: 3 },
  { instructionSet: 'relaxedSimd', threads: 2 },
  { instructionSet: 'wide', threads: 7 },
  { instructionSet: 'wide', threads: 1 },
  { instructionSet: 'relaxedSimd', threads: 1 },
  { instructionSet: 'simd', threads: 1 },
] as const;
