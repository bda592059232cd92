const environment = (globalThis as { process?: { env: Readonly<Record<string, string | undefined>> } }).process?.env;

/** Whether these are the tests that take long. Never in a browser. */
export const isLong = environment?.['SOTTO_LONG'] === '1';

/** Cases of a property that is cheap to look at. Browsers, which run the same code, look at fewer. */
export const manyRuns = 'document' in globalThis ? 1000 : 10_000;

/** Cases of one that isn't: so many, and all only among the tests that take long. */
export const costlyRuns = (usual: number): number => (isLong ? 10_000 : usual);
