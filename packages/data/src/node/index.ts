export { saveBytes } from './save-bytes.ts';
export { savePng } from './save-png.ts';
