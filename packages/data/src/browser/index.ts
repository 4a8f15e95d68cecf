export { directoryDataset } from './directory-dataset.ts';
export { fetchArchive, type FetchArchiveOptions } from './fetch-archive.ts';
export { opfsFolder } from './opfs-folder.ts';
