export { decodeJpeg } from './decode-jpeg.ts';
export { download } from './download/download.ts';
export type { DownloadOptions } from './download/download.ts';
export type { DownloadProgress } from './download/fetch-rest.ts';
export { fileSha256 } from './download/file-sha256.ts';
export { imageFolder } from './image-folder.ts';
export type { DecodeImage, ImageFolderOptions } from './image-folder.ts';
export { saveBytes } from './save-bytes.ts';
export { savePng } from './save-png.ts';
