import { library } from '../../tsup.base.ts';

export default library(['src/index.ts', 'src/errors/index.ts', 'src/tensor-files/index.ts', 'src/wasm/index.ts']);
