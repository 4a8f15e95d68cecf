import { library } from '../../tsup.base.ts';

export default library(['src/index.ts', 'src/schedules/index.ts', 'src/numeric/index.ts']);
