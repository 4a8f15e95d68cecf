/** Version of this package, as records of measurements carry it. */
export const version = '0.1.0';
