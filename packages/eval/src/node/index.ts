export { program } from './cli/program.ts';
