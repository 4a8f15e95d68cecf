export { inspect, type Inspection, type InspectOptions } from './inspect.ts';
