export { holders } from './holders.ts';
export { ascii, checkpoint, checkpointOf, string, tensor, word, zip } from './pickles.ts';
export { gunzipped, pythonFiles, type PythonFiles } from './python-files.ts';
