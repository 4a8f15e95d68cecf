/** Version of this package, as checkpoints record it. */
export const version = '0.1.0';
