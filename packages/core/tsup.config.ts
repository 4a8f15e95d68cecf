import { library } from '../../tsup.base.ts';

export default library([
  'src/index.ts',
  'src/contracts/index.ts',
  'src/denoisers/index.ts',
  'src/diffusion/index.ts',
  'src/editing/index.ts',
  'src/grids/index.ts',
  'src/guidance/index.ts',
  'src/likelihood/index.ts',
  'src/networks/index.ts',
  'src/numeric/index.ts',
  'src/ramps/index.ts',
  'src/random/index.ts',
  'src/samplers/index.ts',
  'src/sampling/index.ts',
  'src/schedules/index.ts',
  'src/training/index.ts',
]);
