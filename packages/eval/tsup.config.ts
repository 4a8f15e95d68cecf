import { library } from '../../tsup.base.ts';

export default library(['src/index.ts', 'src/node/index.ts', 'src/report/index.ts', 'src/study/index.ts']);
