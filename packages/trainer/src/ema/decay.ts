/** Share of the average that an update keeps, by 0-based step: 0 copies the weights, 1 leaves the average as it is. */
export type DecaySchedule = (step: number) => number;

/** A decay: one number, or one for every step. */
export type Decay = number | DecaySchedule;
