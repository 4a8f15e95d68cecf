import { library } from '../../tsup.base.ts';

const rooms = ['features', 'metrics', 'networks', 'node', 'probes', 'report', 'representation', 'study'];
export default library(['src/index.ts', ...rooms.map((room) => `src/${room}/index.ts`)]);
