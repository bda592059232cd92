/** Cases of a property that is cheap to look at. Browsers, which run the same code, look at fewer. */
export const manyRuns = 'document' in globalThis ? 1000 : 10_000;
