import { processContract } from '@diptych/test-utils/core';
import { predictV, predictVelocity, predictX0 } from './prediction.ts';
import { cosineBetas } from '../schedules/betas/cosine-betas.ts';
import { linearBetas } from '../schedules/betas/linear-betas.ts';
import { scaledLinearBetas } from '../schedules/betas/scaled-linear-betas.ts';
import { cosineSchedule } from '../schedules/cosine-schedule.ts';
import { iddpmLevels } from '../grids/iddpm-sigmas.ts';
import { discreteSchedule } from '../schedules/discrete-schedule.ts';
import { edmSchedule } from '../schedules/edm-schedule.ts';
import { flowSchedule } from '../schedules/flow-schedule.ts';
import { subVpSchedule } from '../schedules/sub-vp-schedule.ts';
import { zeroTerminalSnr } from '../schedules/zero-terminal-snr.ts';
import { edm } from './edm.ts';
import { iddpm } from './iddpm.ts';
import { scheduledDiffusion } from './scheduled.ts';
import { ve } from './ve.ts';
import { vp } from './vp.ts';

// Closed forms, and numbers of numpy: sqrt(1/cumprod(1 - linspace(1e-4, 0.02, 1000))[t] - 1) at the steps floor(1000 u).
processContract('edm()', () => edm(), {
  quantiles: [
    [0.5, Math.exp(-1.2)],
    [0.8413447460685429, 1],
  ],
});
processContract('vp()', () => vp(), {
  unit: 1,
  quantiles: [[0.5, Math.sqrt(Math.expm1(9.95 * 0.500005 ** 2 + 0.1 * 0.500005))]],
});
processContract('ve()', () => ve(), {
  quantiles: [
    [0.5, Math.SQRT2],
    [0.25, 0.02 * 5000 ** 0.25],
  ],
});
processContract('iddpm()', () => iddpm(), { unit: 1, quantiles: [[1 - 1e-9, iddpmLevels()[0]!]] });
const ddpm: [number, number][] = [
  [0.0001, 0.01000050003749898],
  [0.001, 0.014830923708980388],
  [0.1, 0.34225969901303166],
  [0.5, 3.4429671125258228],
  [0.9, 60.82230315302541],
  [0.999, 157.40728081040757],
];
processContract('scheduledDiffusion(linear chain)', () => scheduledDiffusion(discreteSchedule(linearBetas())), {
  unit: 1,
  quantiles: ddpm,
});
processContract(
  'scheduledDiffusion(linear chain, v)',
  () => scheduledDiffusion(discreteSchedule(linearBetas()), { prediction: predictV }),
  { unit: 1, quantiles: ddpm },
);
processContract(
  'scheduledDiffusion(cosine chain, x0)',
  () => scheduledDiffusion(discreteSchedule(cosineBetas()), { prediction: predictX0 }),
  { unit: 1, quantiles: [] },
);
processContract(
  'scheduledDiffusion(zero terminal SNR, v)',
  () => scheduledDiffusion(discreteSchedule(zeroTerminalSnr(scaledLinearBetas())), { prediction: predictV }),
  { unit: 1, quantiles: [[0.9999, 1e8]] },
);
processContract(
  'scheduledDiffusion(zero terminal SNR, epsilon)',
  () => scheduledDiffusion(discreteSchedule(zeroTerminalSnr(linearBetas()))),
  { unit: 1, quantiles: [[0.9999, 1e8]] },
);
processContract('scheduledDiffusion(subVpSchedule())', () => scheduledDiffusion(subVpSchedule()), { quantiles: [] });
processContract('scheduledDiffusion(edmSchedule())', () => scheduledDiffusion(edmSchedule()), {
  quantiles: [[0.5, 40.001]],
});
processContract(
  'scheduledDiffusion(cosineSchedule(), v)',
  () => scheduledDiffusion(cosineSchedule(), { prediction: predictV }),
  {
    unit: 1,
    quantiles: [[0.5, 1]],
  },
);
processContract(
  'scheduledDiffusion(flowSchedule(), velocity)',
  () => scheduledDiffusion(flowSchedule(), { prediction: predictVelocity }),
  {
    quantiles: [
      [0.5, 1],
      [0.8, 4],
    ],
  },
);
