export { decodeJpeg } from './decode-jpeg.ts';
export { imageFolder } from './image-folder.ts';
export type { DecodeImage, ImageFolderOptions } from './image-folder.ts';
export { saveBytes } from './save-bytes.ts';
export { savePng } from './save-png.ts';
