export { callWithNonsense, type Outcome, type SoundCall } from './nonsense.ts';
