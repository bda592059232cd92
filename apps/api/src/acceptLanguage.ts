/**
 * Chooses a language by `Accept-Language` (RFC 9110 section 12.5.4): the first of the best-weighted ones that we have,
 * whatever its region; without any, the first of `available`.
 */
export function negotiateLocale(header: string | undefined, available: readonly [string, ...string[]]): string {
  const wanted = (header ?? '')
    .slice(0, 500)
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.trim().toLowerCase().split(';');
      const weight = parameters
        .map((parameter) => /^\s*q=([\d.]+)\s*$/.exec(parameter)?.[1])
        .find((q) => q !== undefined);
      return { language: tag.split('-', 1)[0], weight: weight === undefined ? 1 : Number(weight) };
    })
    .filter(({ weight }) => weight > 0)
    .sort((one, other) => other.weight - one.weight);
  for (const { language } of wanted) {
    const found = available.find((locale) => locale === language);
    if (found !== undefined) return found;
  }
  return available[0];
}
