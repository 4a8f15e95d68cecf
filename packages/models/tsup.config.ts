import { library } from '../../tsup.base.ts';

export default library([
  'src/index.ts',
  'src/base/index.ts',
  'src/blocks/index.ts',
  'src/conditions/index.ts',
  'src/inspect/index.ts',
  'src/networks/index.ts',
  'src/node/index.ts',
  'src/state/index.ts',
]);
