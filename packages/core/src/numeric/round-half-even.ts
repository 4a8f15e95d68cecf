/** To the nearest integer, halves to the even one, as Python and numpy do (Math.round takes halves up). */
export const roundHalfEven = (x: number): number => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));
