import { library } from '../../tsup.base.ts';

const rooms = ['objective', 'denoising', 'distillation', 'pairwise', 'recipes', 'diagnostics'];

export default library(['src/index.ts', ...rooms.map((room) => `src/${room}/index.ts`)]);
