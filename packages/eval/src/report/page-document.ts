/** The page's document, or one of linkedom's where there is no page (Node, workers). Loaded only then. */
export async function pageDocument(): Promise<Document> {
  if (typeof document !== 'undefined') return document;
  const { parseHTML } = await import('linkedom');
  return parseHTML('<!doctype html><html><body></body></html>').document;
}
