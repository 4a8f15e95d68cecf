export { callWithNonsense, ownNames, soundCall, type Outcome, type SoundCall } from './nonsense.ts';
