/** Columns of a panel of the right factor: 8, or 16 in the wide build, where V8 joins pairs of vectors (scripts/build-kernels.mjs puts it here). */
export const panel: i32 = 8;
