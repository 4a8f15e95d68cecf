import { library } from '../../tsup.base.ts';

const rooms = [
  'browser',
  'dataset',
  'datasets',
  'images',
  'inspect',
  'latents',
  'node',
  'transforms',
  'workers',
] as const;

export default library(['src/index.ts', ...rooms.map((room) => `src/${room}/index.ts`)]);
