export { check, DiptychError, type DiptychErrorDetails } from './diptych-error.ts';
