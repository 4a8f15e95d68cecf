/** How fast the training goes. */
export interface PaceMeter {
  /** A step begins. */
  begin(): void;
  /** It has ended. */
  end(images: number): void;
  /** Of the last steps, without what lies between them. */
  imagesPerSecond(): number;
  /** Of the last steps, from beginning to beginning. */
  secondsPerStep(): number;
}

/**
 * Measures with the clock it is given. An average over about the last 20 steps; in the beginning over all of them.
 */
export function paceMeter(now: () => number): PaceMeter {
  const working = runningMean();
  const between = runningMean();
  const images = runningMean();
  let began = 0;
  let ended: number | undefined;
  return {
    begin() {
      began = now();
      if (ended !== undefined) between.add(began - ended);
    },
    end(count) {
      ended = now();
      working.add(ended - began);
      images.add(count);
    },
    imagesPerSecond: () => (1000 * images.value()) / working.value(),
    secondsPerStep: () => (working.value() + between.value()) / 1000,
  };
}

/** The mean, in which values more than about 20 ago hardly count. */
function runningMean(): { add(value: number): void; value(): number } {
  let [mean, count] = [0, 0];
  return {
    add(value) {
      count++;
      mean += (value - mean) / Math.min(count, 20);
    },
    value: () => mean,
  };
}
