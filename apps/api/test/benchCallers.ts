/** So many at once, each asking for the next path when it has an answer. @returns how long each took, ms */
export async function timeCallers(
  count: number,
  paths: readonly string[],
  ask: (path: string) => Promise<number | undefined>,
): Promise<number[]> {
  const times: number[] = [];
  const queue = [...paths];
  const call = async () => {
    for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
      const begun = performance.now();
      const status = await ask(path);
      times.push(performance.now() - begun);
      if (status !== 200) throw new Error(`answered ${status}`);
    }
  };
  await Promise.all(Array.from({ length: count }, call));
  return times;
}
